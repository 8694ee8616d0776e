using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Buttonize.LocalAws.Iam;

/// <summary>Whether a value of a request is what a value of a policy says.</summary>
internal delegate bool ValueMatch(ReadOnlySpan<Glyph> expected, string actual);

/// <summary>
/// The comparisons behind the condition operators ("IAM JSON policy elements: Condition operators").
/// </summary>
/// <param name="IsNegated">The operator holds where <paramref name="Matches"/> does not, for none of the values.</param>
/// <param name="TakesVariables">String and ARN operators only.</param>
/// <param name="IsOfType">
/// Whether a text is of the operator's type. A policy's value has to be. What a request's that is not means (a tag that is
/// no number, say), AWS does not define.
/// </param>
internal sealed record Comparison(
    bool IsNegated,
    bool TakesVariables,
    Func<string, bool> IsOfType,
    ValueMatch Matches
)
{
    /// <summary>By the operator's name, which is case-sensitive.</summary>
    public static readonly IReadOnlyDictionary<string, Comparison> ByName = Build();

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd",
        "yyyy-MM",
    ];

    private static Dictionary<string, Comparison> Build()
    {
        var all = new Dictionary<string, Comparison>(StringComparer.Ordinal);
        AddPair("StringEquals", "StringNotEquals", Text(EqualText));
        AddPair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", Text(EqualTextIgnoringCase));
        AddPair("StringLike", "StringNotLike", Text(LikeText));
        // The two behave identically, says AWS.
        AddPair("ArnEquals", "ArnNotEquals", Text(LikeArn) with { IsOfType = IsArn });
        AddPair("ArnLike", "ArnNotLike", Text(LikeArn) with { IsOfType = IsArn });
        AddPair("IpAddress", "NotIpAddress", Typed<IPNetwork>(TryNetwork, ContainsAddress));
        all["Bool"] = Typed<bool>(
            TryBool,
            (expected, text) => TryBool(text, out var actual) && actual == expected
        );
        AddOrdered<decimal>("Numeric", TryNumber);
        AddOrdered<DateTimeOffset>("Date", TryDate);
        return all;

        void AddPair(string name, string negated, Comparison comparison)
        {
            all[name] = comparison;
            all[negated] = comparison with { IsNegated = true };
        }

        void AddOrdered<T>(string family, TryParse<T> parse)
            where T : IComparable<T>
        {
            AddPair(family + "Equals", family + "NotEquals", Compare(order => order == 0));
            all[family + "LessThan"] = Compare(order => order < 0);
            all[family + "LessThanEquals"] = Compare(order => order <= 0);
            all[family + "GreaterThan"] = Compare(order => order > 0);
            all[family + "GreaterThanEquals"] = Compare(order => order >= 0);

            Comparison Compare(Func<int, bool> holds) =>
                Typed(
                    parse,
                    (expected, text) =>
                        parse(text, out var actual) && holds(actual.CompareTo(expected))
                );
        }
    }

    private static Comparison Text(ValueMatch matches) =>
        new(IsNegated: false, TakesVariables: true, _ => true, matches);

    private static Comparison Typed<T>(TryParse<T> parse, Func<T, string, bool> matches) =>
        new(
            IsNegated: false,
            TakesVariables: false,
            text => parse(text, out _),
            (expected, actual) =>
                parse(Pattern.TextOf(expected), out var value) && matches(value, actual)
        );

    private delegate bool TryParse<T>(string text, out T value);

    private static bool EqualText(ReadOnlySpan<Glyph> expected, string actual) =>
        Pattern.TextOf(expected) == actual;

    private static bool EqualTextIgnoringCase(ReadOnlySpan<Glyph> expected, string actual) =>
        string.Equals(Pattern.TextOf(expected), actual, StringComparison.OrdinalIgnoreCase);

    private static bool LikeText(ReadOnlySpan<Glyph> expected, string actual) =>
        Pattern.Matches(expected, actual);

    private static bool LikeArn(ReadOnlySpan<Glyph> expected, string actual) =>
        Pattern.MatchesArn(expected, actual);

    private static bool IsArn(string text) =>
        text.StartsWith("arn:", StringComparison.Ordinal) && text.Count(c => c == ':') >= 5;

    /// <summary>In any case, and without the white space that .NET would allow.</summary>
    public static bool TryBool(string text, out bool value)
    {
        value = string.Equals(text, bool.TrueString, StringComparison.OrdinalIgnoreCase);
        return value || string.Equals(text, bool.FalseString, StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryNumber(string text, out decimal number) =>
        decimal.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out number
        );

    /// <summary>ISO 8601 as W3C profiles it, UTC where no offset is given, or seconds since 1970.</summary>
    private static bool TryDate(string text, out DateTimeOffset date)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            date = default;
            // Up to four digits could be meant as a year, and up to the end of the year 9999 there are eleven or twelve.
            var isSeconds = text.Length is > 4 and < 12;
            if (isSeconds)
            {
                date = DateTimeOffset.FromUnixTimeSeconds(
                    long.Parse(text, CultureInfo.InvariantCulture)
                );
            }
            return isSeconds;
        }
        return DateTimeOffset.TryParseExact(
            text,
            DateFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out date
        );
    }

    /// <summary>An address or a range in CIDR notation; an address alone is a range of one.</summary>
    private static bool TryNetwork(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!TryAddress(slash < 0 ? text : text[..slash], out var address))
        {
            return false;
        }
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        var length = bits;
        if (
            slash >= 0
            && !(
                int.TryParse(
                    text[(slash + 1)..],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out length
                )
                && length <= bits
            )
        )
        {
            return false;
        }
        for (var bit = length; bit < bits; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        network = new IPNetwork(new IPAddress(bytes), length);
        return true;
    }

    private static bool TryAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        // .NET also takes "1" and "0x7f.1" for addresses, and scopes.
        if (
            text.Contains('%', StringComparison.Ordinal)
            || text.Contains('[', StringComparison.Ordinal)
            || !IPAddress.TryParse(text, out var parsed)
            || (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
        )
        {
            return false;
        }
        address = parsed;
        return true;
    }

    private static bool ContainsAddress(IPNetwork network, string text) =>
        TryAddress(text, out var address) && network.Contains(address);
}
