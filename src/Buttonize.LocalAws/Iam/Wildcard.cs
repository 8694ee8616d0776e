namespace Buttonize.LocalAws.Iam;

/// <summary>
/// IAM's wildcards: <c>*</c> is any run of characters, colons and slashes included; <c>?</c> is exactly one.
/// </summary>
internal static class Wildcard
{
    public static bool Matches(string pattern, string text, StringComparison comparison)
    {
        var p = 0;
        var t = 0;
        var star = -1;
        var afterStar = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                afterStar = t;
            }
            else if (
                p < pattern.Length
                && (pattern[p] == '?' || pattern.AsSpan(p, 1).Equals(text.AsSpan(t, 1), comparison))
            )
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
        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
