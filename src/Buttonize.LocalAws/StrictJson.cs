using System.Text.Json;

namespace Buttonize.LocalAws;

/// <summary>JSON that is JSON all the way: every name and text in it is Unicode, so that reading it later never fails.</summary>
internal static class StrictJson
{
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="DocumentRefusedException">It has half a surrogate pair, or bytes that are not UTF-8.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var json = JsonDocument.Parse(utf8);
        try
        {
            ReadTexts(json.RootElement);
        }
        catch (InvalidOperationException)
        {
            throw new DocumentRefusedException("The JSON has a text that is not Unicode.");
        }
        return json.RootElement.Clone();
    }

    private static void ReadTexts(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                _ = json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    ReadTexts(item);
                }
                break;
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }
                break;
            default:
                break;
        }
    }
}
