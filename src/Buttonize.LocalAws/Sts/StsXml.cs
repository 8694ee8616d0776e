using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Buttonize.LocalAws.Sts;

/// <summary>The XML of the AWS query protocol.</summary>
internal static class StsXml
{
    public const string ContentType = "text/xml";

    private static readonly XNamespace Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    public static XElement Element(string name, params object?[] content) =>
        new(Namespace + name, content);

    public static string Response(
        string operation,
        IReadOnlyList<XElement> result,
        string requestId
    ) =>
        Element(
                operation + "Response",
                Element(operation + "Result", result),
                Element("ResponseMetadata", Element("RequestId", requestId))
            )
            .ToString();

    public static string Error(AwsError error, string requestId) =>
        Element(
                "ErrorResponse",
                Element(
                    "Error",
                    Element("Type", error.Status < 500 ? "Sender" : "Receiver"),
                    Element("Code", error.Code),
                    Element("Message", Printable(error.Message))
                ),
                Element("RequestId", requestId)
            )
            .ToString();

    /// <summary>A message repeats what was sent, and XML has no way to write some of it, such as NUL.</summary>
    private static string Printable(string text) =>
        text.All(XmlConvert.IsXmlChar)
            ? text
            : string.Concat(
                text.EnumerateRunes()
                    .Select(rune =>
                        rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value)
                            ? Rune.ReplacementChar
                            : rune
                    )
            );

    public static string Timestamp(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
