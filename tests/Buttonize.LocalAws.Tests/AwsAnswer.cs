using System.Net;
using System.Text.Json;
using System.Xml.Linq;

namespace Buttonize.LocalAws.Tests;

/// <summary>An answer, read to the end.</summary>
internal sealed record AwsAnswer(HttpResponseMessage Message, string Text)
{
    public int Status => (int)Message.StatusCode;

    public bool Ok => Message.StatusCode == HttpStatusCode.OK;

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    /// <summary>The text of the first element of this name in an XML answer.</summary>
    public string? Xml(string name) =>
        XDocument.Parse(Text).Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>Status and code, of an STS or a Lambda error.</summary>
    public string Error =>
        Text.StartsWith('<') ? $"{Status} {Xml("Code")}" : $"{Status} {Header("x-amzn-ErrorType")}";

    public string ErrorMessage =>
        Text.StartsWith('<')
            ? Xml(nameof(Message))!
            : (
                Json.TryGetProperty("message", out var message)
                    ? message
                    : Json.GetProperty(nameof(Message))
            ).GetString()!;

    public Credentials Credentials =>
        new(Xml("AccessKeyId")!, Xml("SecretAccessKey")!, Xml("SessionToken")!);
}
