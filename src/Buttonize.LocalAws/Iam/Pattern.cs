namespace Buttonize.LocalAws.Iam;

internal enum GlyphKind
{
    Literal,

    /// <summary><c>?</c>: exactly one character.</summary>
    One,

    /// <summary><c>*</c>: any run of characters, an empty one too.</summary>
    Any,
}

/// <summary>One character of a policy's text. A star that came out of a variable is a literal one.</summary>
internal readonly record struct Glyph(char Character, GlyphKind Kind)
{
    public static Glyph Literal(char character) => new(character, GlyphKind.Literal);

    public static Glyph Written(char character) =>
        new(
            character,
            character switch
            {
                '*' => GlyphKind.Any,
                '?' => GlyphKind.One,
                _ => GlyphKind.Literal,
            }
        );
}

/// <summary>Compares a policy's text to a request's ("IAM JSON policy elements: Resource", wildcards).</summary>
internal static class Pattern
{
    private const int ArnSegments = 6;

    public static Glyph[] Of(string written) => [.. written.Select(Glyph.Written)];

    /// <summary>The characters themselves, for operators to which a star is a star.</summary>
    public static string TextOf(ReadOnlySpan<Glyph> glyphs)
    {
        var text = new char[glyphs.Length];
        for (var index = 0; index < glyphs.Length; index++)
        {
            text[index] = glyphs[index].Character;
        }
        return new string(text);
    }

    /// <summary>The whole text, colons and slashes like any other character.</summary>
    public static bool Matches(
        ReadOnlySpan<Glyph> pattern,
        ReadOnlySpan<char> text,
        bool ignoreCase = false
    )
    {
        var p = 0;
        var t = 0;
        var star = -1;
        var afterStar = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p].Kind == GlyphKind.Any)
            {
                star = p++;
                afterStar = t;
            }
            else if (p < pattern.Length && IsOne(pattern[p], text[t], ignoreCase))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more; earlier stars never need another look.
                p = star + 1;
                t = ++afterStar;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p].Kind == GlyphKind.Any)
        {
            p++;
        }
        return p == pattern.Length;
    }

    /// <summary>
    /// Resources: a star at the end of a segment can go beyond the colon, any other wildcard stays within its segment ("IAM
    /// JSON policy elements: Resource").
    /// </summary>
    public static bool MatchesResource(ReadOnlySpan<Glyph> pattern, ReadOnlySpan<char> arn)
    {
        // Which beginnings of the ARN the pattern matches so far, by length.
        var matched = new bool[arn.Length + 1];
        matched[0] = true;
        for (var p = 0; p < pattern.Length; p++)
        {
            var isLast = p + 1 == pattern.Length || pattern[p + 1].Character == ':';
            Advance(matched, pattern[p], arn, crossesColons: isLast);
        }
        return matched[^1];
    }

    /// <summary>
    /// ARN condition operators: each of the six segments is compared on its own, and a wildcard stays between its colons
    /// ("ARN condition operators").
    /// </summary>
    public static bool MatchesArn(ReadOnlySpan<Glyph> pattern, ReadOnlySpan<char> arn)
    {
        for (var segment = 1; segment < ArnSegments; segment++)
        {
            var end = IndexOfColon(pattern);
            var textEnd = arn.IndexOf(':');
            if (end < 0 || textEnd < 0 || !Matches(pattern[..end], arn[..textEnd]))
            {
                return false;
            }
            pattern = pattern[(end + 1)..];
            arn = arn[(textEnd + 1)..];
        }
        return Matches(pattern, arn);
    }

    private static void Advance(
        bool[] matched,
        Glyph glyph,
        ReadOnlySpan<char> arn,
        bool crossesColons
    )
    {
        if (glyph.Kind == GlyphKind.Any)
        {
            for (var length = 0; length < arn.Length; length++)
            {
                matched[length + 1] |= matched[length] && (crossesColons || arn[length] != ':');
            }
            return;
        }
        for (var length = arn.Length; length > 0; length--)
        {
            var character = arn[length - 1];
            matched[length] =
                matched[length - 1]
                && (glyph.Kind == GlyphKind.One ? character != ':' : glyph.Character == character);
        }
        matched[0] = false;
    }

    private static int IndexOfColon(ReadOnlySpan<Glyph> pattern)
    {
        for (var index = 0; index < pattern.Length; index++)
        {
            if (pattern[index].Character == ':')
            {
                return index;
            }
        }
        return -1;
    }

    private static bool IsOne(Glyph glyph, char character, bool ignoreCase) =>
        glyph.Kind == GlyphKind.One
        || (
            glyph.Kind == GlyphKind.Literal
            && (
                glyph.Character == character
                || (
                    ignoreCase
                    && char.ToUpperInvariant(glyph.Character) == char.ToUpperInvariant(character)
                )
            )
        );
}
