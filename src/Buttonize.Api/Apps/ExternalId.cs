using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.Api.Apps;

/// <summary>
/// The shared secret that a role's trust policy asks for (<c>sts:ExternalId</c>): what keeps one customer from using another's role.
/// Here it must be unguessable, which STS itself (2-1,224 characters) does not ask.
/// </summary>
internal sealed record ExternalId
{
    /// <summary>Shorter ones are guessable.</summary>
    public const int MinimumLength = 20;

    /// <summary>STS API reference, AssumeRole, ExternalId.</summary>
    public const int MaximumLength = 1224;

    /// <summary>Fewer different characters are guessable, whatever the length.</summary>
    public const int MinimumDifferent = 8;

    private const string Alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Punctuation = "_+=,.@:/-";

    /// <summary>log2(62) * 43 = 256 bits.</summary>
    private const int GeneratedLength = 43;

    private readonly string value;

    private ExternalId(string value) => this.value = value;

    /// <summary>A new one from a cryptographic source.</summary>
    public static ExternalId New()
    {
        // Fewer than 8 different characters among 43 random ones does not happen, but a promise is a promise.
        ExternalId? made;
        while (!TryParse(RandomNumberGenerator.GetString(Alphabet, GeneratedLength), out made)) { }
        return made;
    }

    /// <summary>Parses one; what is too short, too poor, or outside STS's alphabet is none.</summary>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out ExternalId? externalId
    )
    {
        externalId =
            text is { Length: >= MinimumLength and <= MaximumLength }
            && text.All(c =>
                char.IsAsciiLetterOrDigit(c) || Punctuation.Contains(c, StringComparison.Ordinal)
            )
            && text.Distinct().Count() >= MinimumDifferent
                ? new ExternalId(text)
                : null;
        return externalId is not null;
    }

    /// <summary>Reads a stored one, which was parsed before.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ExternalId Parse(string text) =>
        TryParse(text, out var externalId)
            ? externalId
            : throw new FormatException("This is not an External ID.");

    /// <summary>The value, for STS, for encryption and for the one answer that shows it.</summary>
    public string Reveal() => value;

    /// <summary>Compares in constant time.</summary>
    public bool Equals(ExternalId? other) =>
        other is not null
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(value),
            Encoding.ASCII.GetBytes(other.value)
        );

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Never the value.</summary>
    public override string ToString() => "[redacted External ID]";
}
