using System.Text.Json.Nodes;

namespace Buttonize.Local.Tour;

/// <summary>Shortens what is secret before it is shown.</summary>
internal static class Redaction
{
    private const int LettersShown = 9;
    private const string Ellipsis = "…";

    /// <summary>Shown by their beginning, by which one recognizes them: as much as the control plane lists of a key.</summary>
    private static readonly HashSet<string> Recognizable = new(StringComparer.OrdinalIgnoreCase)
    {
        "externalId",
        "sts:ExternalId",
        "apiKey",
    };

    private static readonly HashSet<string> Secret = new(StringComparer.OrdinalIgnoreCase)
    {
        "access_token",
        "id_token",
        "secretAccessKey",
        "sessionToken",
        "token",
    };

    /// <summary>A copy of a JSON document in which every secret is shortened, wherever it is nested.</summary>
    public static JsonNode? Redact(JsonNode? node) =>
        node switch
        {
            JsonObject document => new JsonObject(
                document.Select(member =>
                    KeyValuePair.Create(member.Key, Redact(member.Key, member.Value))
                )
            ),
            JsonArray array => new JsonArray([.. array.Select(Redact)]),
            _ => node?.DeepClone(),
        };

    private static JsonNode? Redact(string name, JsonNode? value) =>
        value is not JsonValue text ? Redact(value)
        : Recognizable.Contains(name) ? Shorten(text.ToString())
        : Secret.Contains(name) ? Ellipsis
        : value.DeepClone();

    private static string Shorten(string text) =>
        text.Length > LettersShown ? text[..LettersShown] + Ellipsis : Ellipsis;
}
