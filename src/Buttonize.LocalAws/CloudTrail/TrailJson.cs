using System.Text.Encodings.Web;
using System.Text.Json;

namespace Buttonize.LocalAws.CloudTrail;

internal static class TrailJson
{
    /// <summary>Plus signs and letters of any script as they are, as in AWS's files.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Envelope(IEnumerable<string> records) =>
        "{\"Records\":[" + string.Join(',', records) + "]}";
}
