using System.Globalization;
using System.Text;
using FluentValidation;

namespace Buttonize.Api.Hosting;

/// <summary>The rules that members of all requests share; every message names the member, the limit and the mend.</summary>
internal static class TextRules
{
    /// <summary>The member must be there.</summary>
    public static IRuleBuilderOptions<T, string?> Required<T>(
        this IRuleBuilder<T, string?> rule,
        string member
    ) =>
        rule.Must(value => value is not null)
            .WithMessage($"'{member}' is required; send it as a string.");

    /// <summary>1 to <paramref name="most"/> characters (Unicode code points), not all blank, none of them a control character.</summary>
    public static IRuleBuilderOptions<T, string?> Text<T>(
        this IRuleBuilder<T, string?> rule,
        string member,
        int most
    ) =>
        rule.Must(value =>
                value is null
                || (
                    !string.IsNullOrWhiteSpace(value)
                    && Characters(value) <= most
                    && !HasControl(value)
                )
            )
            .WithMessage(
                $"'{member}' must have 1 to {most} characters, not only blanks, and no control characters; shorten or mend it."
            );

    /// <summary>The text in a normalization form, whatever it holds: .NET refuses to normalize lone surrogates and U+FFFE.</summary>
    public static string Normalize(string text, NormalizationForm form) =>
        string.Concat(text.EnumerateRunes()).Replace('\uFFFE', '\uFFFD').Normalize(form);

    /// <summary>
    /// The text for a log that is read in terminals: at most so many UTF-16 units, with U+FFFD for what is a control character, invisible, or
    /// half of a character.
    /// </summary>
    public static string Printable(string text, int most)
    {
        var printable = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = IsPrintable(rune) ? rune : Rune.ReplacementChar;
            if (printable.Length + shown.Utf16SequenceLength > most)
            {
                break;
            }

            printable.Append(shown.ToString());
        }

        return printable.ToString();
    }

    private static bool IsPrintable(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    /// <summary>The number of Unicode code points.</summary>
    public static int Characters(string value) => value.EnumerateRunes().Count();

    /// <summary>Whether the text holds a control character (Unicode category Cc).</summary>
    public static bool HasControl(string value) => value.EnumerateRunes().Any(Rune.IsControl);
}
