using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>
/// What an access token has to be, said once more and without the library that the control plane reads tokens with: RFC 7515 and 7519, and
/// what the contract asks beside.
/// </summary>
internal static class TokenModel
{
    private const int ClockSkewSeconds = 10;

    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    /// <summary>The subject of a token that may count; null where it must not.</summary>
    /// <param name="header">The header's text.</param>
    /// <param name="payload">The payload's text.</param>
    /// <param name="provider">Who must have signed it, and with its own key.</param>
    /// <param name="now">The time in seconds.</param>
    public static string? SubjectOf(
        byte[] header,
        byte[] payload,
        OpenIdProvider provider,
        long now
    ) =>
        Read(header) is { } head
        && Read(payload) is { } claims
        && Text(head, "alg") == provider.Key.Algorithm
        && !head.TryGetProperty("crit", out _)
        && (IsMissing(head, "kid") || Text(head, "kid") == provider.Key.Id)
        && (
            IsMissing(head, "typ")
            || Types.Contains(Text(head, "typ"), StringComparer.OrdinalIgnoreCase)
        )
        && Text(claims, "iss") == provider.Issuer
        && Texts(claims, "aud").Contains(OpenIdProvider.Audience)
        && Number(claims, "exp") > now - ClockSkewSeconds
        && (IsMissing(claims, "nbf") || Number(claims, "nbf") <= now + ClockSkewSeconds)
        && ((string[])["nonce", "at_hash", "c_hash"]).All(name =>
            !claims.TryGetProperty(name, out _)
        )
        && (
            IsMissing(claims, "token_use") || Texts(claims, "token_use").All(use => use == "access")
        )
        && Text(claims, "sub") is { } subject
        && !string.IsNullOrWhiteSpace(subject)
            ? subject
            : null;

    /// <summary>
    /// Whether a token as it was sent is the signed one, but for the spelling of its signature, which no signature can cover.
    /// </summary>
    public static bool IsSame(string sent, string signed)
    {
        var (its, ours) = (sent.LastIndexOf('.'), signed.LastIndexOf('.'));
        return its == ours
            && sent.AsSpan(0, its).SequenceEqual(signed.AsSpan(0, ours))
            && Decode(sent[(its + 1)..]) is { } signature
            && signature.AsSpan().SequenceEqual(Decode(signed[(ours + 1)..]));
    }

    private static byte[]? Decode(string text)
    {
        var digits = text.Replace('+', '-').Replace('/', '_').TrimEnd('=');
        if (digits.Length % 4 == 1 || !Base64Url.IsValid(digits.AsSpan(0, digits.Length / 4 * 4)))
        {
            return null;
        }

        // The last digit has bits that stand for nothing; every decoder but a strict one passes over them.
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var spare = (digits.Length % 4) switch
        {
            2 => 4,
            3 => 2,
            _ => 0,
        };
        var last = digits.Length == 0 ? 0 : Alphabet.IndexOf(digits[^1], StringComparison.Ordinal);
        return last < 0 ? null
            : digits.Length == 0 ? []
            : Base64Url.DecodeFromChars($"{digits[..^1]}{Alphabet[last >> spare << spare]}");
    }

    private static JsonElement? Read(byte[] text)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
            using var document = JsonDocument.Parse(
                text,
                new JsonDocumentOptions { MaxDepth = 1000, AllowDuplicateProperties = false }
            );
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : null;
        }
        catch (Exception broken)
            when (broken is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsMissing(JsonElement of, string name) =>
        !of.TryGetProperty(name, out var value)
        || value.ValueKind == JsonValueKind.Null
        || (value.ValueKind == JsonValueKind.String && value.ValueEquals(""));

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return null;
        }
    }

    private static IEnumerable<string?> Texts(JsonElement of, string name) =>
        !of.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(Text)]
        : [Text(value)];

    // The library takes a number in quotes for what it says, which makes no other time of it.
    private static double? Number(JsonElement of, string name) =>
        !of.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble()
        : double.TryParse(
            Text(value),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var quoted
        )
            ? quoted
        : null;
}
