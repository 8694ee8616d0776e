using System.Text;

namespace Buttonize.LocalAws.Lambda;

/// <summary>What X-Amz-Client-Context carries: a JSON object in base64 ("Invoke", ClientContext).</summary>
internal static class ClientContext
{
    /// <summary>Characters of base64 ("up to 3,583 bytes of base64-encoded data").</summary>
    public const int MaxLength = 3583;

    /// <returns>The JSON; null when it is too long, not base64 or not a JSON object.</returns>
    public static string? Decode(string base64)
    {
        var bytes = new byte[MaxLength];
        return
            base64.Length <= MaxLength
            && Convert.TryFromBase64String(base64, bytes, out var length)
            && EventJson.IsObject(bytes.AsSpan(0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : null;
    }
}
