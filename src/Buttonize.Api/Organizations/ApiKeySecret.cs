using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.Api.Organizations;

/// <summary>
/// An API key as its holder has it: <c>btnz_</c>, 30 random base62 characters, and their CRC-32 (IEEE) in 6 base62 digits, so that
/// secret scanners and typos are caught without a look-up. It is shown once; only its SHA-256 is stored.
/// </summary>
internal sealed record ApiKeySecret
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "btnz_";

    private const string Alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 30;
    private const int ChecksumLength = 6;
    private const int PreviewLength = 9;

    private static readonly SearchValues<char> Characters = SearchValues.Create(Alphabet);

    private readonly string value;

    private ApiKeySecret(string value) => this.value = value;

    /// <summary>The first characters, by which people recognize a key in a list.</summary>
    public string Preview => value[..PreviewLength];

    /// <summary>The SHA-256 by which the key is stored. Its 178 random bits need no salt and no stretching.</summary>
    public string Hash => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(value)));

    /// <summary>A new key from a cryptographic source.</summary>
    public static ApiKeySecret New()
    {
        var random = RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return new ApiKeySecret(Prefix + random + Checksum(random));
    }

    /// <summary>Parses a key; one with a typo is none.</summary>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out ApiKeySecret? secret
    )
    {
        secret =
            text is { Length: 41 }
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && !text.AsSpan(Prefix.Length).ContainsAnyExcept(Characters)
            && text[^ChecksumLength..] == Checksum(text.Substring(Prefix.Length, RandomLength))
                ? new ApiKeySecret(text)
                : null;
        return secret is not null;
    }

    /// <summary>The key itself, for the one answer that shows it.</summary>
    public string Reveal() => value;

    /// <summary>Never the key.</summary>
    public override string ToString() => "[redacted API key]";

    private static string Checksum(string random)
    {
        var rest = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(random));
        Span<char> digits = stackalloc char[ChecksumLength];
        for (var i = ChecksumLength - 1; i >= 0; i--, rest /= (uint)Alphabet.Length)
        {
            digits[i] = Alphabet[(int)(rest % (uint)Alphabet.Length)];
        }

        return new string(digits);
    }
}
