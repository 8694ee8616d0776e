using System.Text.Json;

namespace Buttonize.LocalAws.Lambda;

/// <summary>Events and answers are any JSON, however deep: they are passed on, not understood.</summary>
internal static class EventJson
{
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    public static bool IsValid(byte[] bytes)
    {
        try
        {
            using var _ = JsonDocument.Parse(bytes, AnyDepth);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
