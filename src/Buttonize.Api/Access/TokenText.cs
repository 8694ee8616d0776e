using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Buttonize.Api.Access;

/// <summary>
/// The two texts of a token. The library reads as far as it needs: it takes a payload that breaks off, or one that says a thing twice, and a
/// member whose value is an empty list is no claim to it. Another reader could make another person of such a text, and an access token of an
/// ID token.
/// </summary>
internal static class TokenText
{
    /// <summary>
    /// A header or a payload; null unless it is one JSON object in UTF-8 to its end, with every member once (RFC 7515, 4 and RFC 7519, 4).
    /// </summary>
    public static JsonElement? Read(string encoded)
    {
        try
        {
            var text = Base64Url.DecodeFromChars(encoded);
            using var document = JsonDocument.Parse(
                text,
                new JsonDocumentOptions { AllowDuplicateProperties = false }
            );
            return Utf8.IsValid(text) && document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : null;
        }
        catch (Exception broken)
            when (broken is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether the object has this member, whatever its value.</summary>
    public static bool Has(this JsonElement text, string member) =>
        text.TryGetProperty(member, out _);
}
