using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Buttonize.LocalAws.SigV4;

/// <summary>A name and value of a query string or a form, decoded.</summary>
internal sealed record QueryPair(string Name, string Value)
{
    /// <summary>Without the value: it can be an External ID or a session token.</summary>
    public override string ToString() => Name;
}

/// <summary>
/// Query strings and forms, which are the same thing to the query protocol. What is signed and what is acted upon come
/// from this one decoding, so that no text can be signed as one thing and read as another. Names and values that differ
/// in a byte stay different: a plus sign is a space in both, and bytes that are no UTF-8 are refused.
/// </summary>
internal static class QueryPairs
{
    /// <returns>
    /// The pairs in the order sent; null where a percent sign is not followed by two hexadecimal digits, or the bytes are
    /// no UTF-8.
    /// </returns>
    public static IReadOnlyList<QueryPair>? Parse(ReadOnlySpan<byte> sent)
    {
        var pairs = new List<QueryPair>();
        foreach (var range in sent.Split((byte)'&'))
        {
            var pair = sent[range];
            if (pair.IsEmpty)
            {
                continue;
            }
            var equals = pair.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            if (name is null || value is null)
            {
                return null;
            }
            pairs.Add(new QueryPair(name, value));
        }
        return pairs;
    }

    /// <summary>Encoded anew and sorted by encoded name, then value ("Create a signed AWS API request", canonical query string).</summary>
    public static string Canonical(IEnumerable<QueryPair> pairs) =>
        string.Join(
            '&',
            pairs
                .Select(pair => (Name: Encode(pair.Name), Value: Encode(pair.Value)))
                .OrderBy(pair => pair.Name, StringComparer.Ordinal)
                .ThenBy(pair => pair.Value, StringComparer.Ordinal)
                .Select(pair => $"{pair.Name}={pair.Value}")
        );

    /// <summary>AWS's UriEncode: everything but the unreserved characters of RFC 3986, in upper-case hexadecimal.</summary>
    public static string Encode(string text) => Uri.EscapeDataString(text);

    private static string? Decode(ReadOnlySpan<byte> sent)
    {
        var decoded = new List<byte>(sent.Length);
        for (var index = 0; index < sent.Length; index++)
        {
            if (sent[index] != (byte)'%')
            {
                decoded.Add(sent[index] == (byte)'+' ? (byte)' ' : sent[index]);
                continue;
            }
            var digits = sent[(index + 1)..Math.Min(index + 3, sent.Length)];
            if (
                digits.Length < 2
                || !byte.TryParse(
                    digits,
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var octet
                )
            )
            {
                return null;
            }
            decoded.Add(octet);
            index += 2;
        }
        byte[] bytes = [.. decoded];
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}
