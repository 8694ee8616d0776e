using System.Globalization;
using System.Text;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Sessions;

/// <summary>Writes Latin letters without their marks, so that a name stays readable where only ASCII may stand.</summary>
internal static class AsciiFold
{
    /// <summary>
    /// Compatibility decomposition (Unicode Standard Annex 15) with the marks dropped, and the common Latin letters that do not
    /// decompose spelled out. What has no ASCII form stays as it is.
    /// </summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        var decomposed = TextRules.Normalize(text, NormalizationForm.FormKD);
        foreach (var rune in decomposed.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                folded.Append(Spelled(rune) ?? rune.ToString());
            }
        }

        return folded.ToString();
    }

    private static string? Spelled(Rune rune) =>
        rune.Value switch
        {
            'ß' => "ss",
            'ẞ' => "SS",
            'æ' => "ae",
            'Æ' => "AE",
            'œ' => "oe",
            'Œ' => "OE",
            'ø' => "o",
            'Ø' => "O",
            'ł' => "l",
            'Ł' => "L",
            'đ' or 'ð' => "d",
            'Đ' or 'Ð' => "D",
            'þ' => "th",
            'Þ' => "Th",
            'ħ' => "h",
            'Ħ' => "H",
            'ı' => "i",
            _ => null,
        };
}
