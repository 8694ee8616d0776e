using System.Text.Json;
using System.Text.Unicode;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// Events and answers are any JSON, however deep: they are passed on, not understood. The JSON is in UTF-8 and without a
/// byte order mark, which RFC 8259 (8.1) keeps out of what is sent.
/// </summary>
internal static class EventJson
{
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    public static bool IsValid(ReadOnlySpan<byte> bytes) => Root(bytes) is not null;

    public static bool IsObject(ReadOnlySpan<byte> bytes) =>
        Root(bytes) == JsonTokenType.StartObject;

    /// <returns>The first token; null when it is not JSON.</returns>
    private static JsonTokenType? Root(ReadOnlySpan<byte> bytes)
    {
        // The reader looks at the grammar and takes what is inside a string as it is.
        if (!Utf8.IsValid(bytes))
        {
            return null;
        }
        var reader = new Utf8JsonReader(bytes, AnyDepth);
        try
        {
            JsonTokenType? root = null;
            while (reader.Read())
            {
                root ??= reader.TokenType;
            }
            return root;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
