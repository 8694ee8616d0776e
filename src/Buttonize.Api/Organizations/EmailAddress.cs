namespace Buttonize.Api.Organizations;

/// <summary>
/// An e-mail address by which somebody is invited. Only ASCII letters are compared without regard to case: Unicode's case mappings make
/// different addresses equal (the Kelvin sign and k), and with them different people.
/// </summary>
internal sealed record EmailAddress
{
    /// <summary>RFC 5321, 4.5.3.1.3: a path has at most 256 octets, with its two angle brackets.</summary>
    public const int MaximumLength = 254;

    private EmailAddress(string text) => Text = text;

    /// <summary>The address as it was written.</summary>
    public string Text { get; }

    /// <summary>The same for all spellings of one address.</summary>
    public string Folded =>
        string.Create(
            Text.Length,
            Text,
            (span, text) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
                }
            }
        );

    /// <summary>
    /// Parses what can be an address: something, one <c>@</c>, something, without blanks and control characters. Whether it is one, only its
    /// holder's provider knows.
    /// </summary>
    public static EmailAddress? TryParse(string? text) =>
        text is { Length: > 0 and <= MaximumLength }
        && text.Split('@') is [{ Length: > 0 }, { Length: > 0 }]
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? new EmailAddress(text)
            : null;

    /// <summary>Not the address: it is personal.</summary>
    public override string ToString() => "[e-mail address]";
}
