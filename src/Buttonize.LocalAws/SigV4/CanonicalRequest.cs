using System.Text;

namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// The text that is signed ("Create a signed AWS API request", step 1), for services other than S3: the path as it was sent
/// is normalised and encoded once more.
/// </summary>
internal static class CanonicalRequest
{
    /// <param name="rawTarget">Path and query as sent, undecoded.</param>
    /// <param name="header">The values of a header in the order sent; empty when it is absent.</param>
    public static string Build(
        string method,
        string rawTarget,
        IEnumerable<string> signedHeaders,
        Func<string, IEnumerable<string?>> header,
        string payloadHash
    )
    {
        var question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? rawTarget : rawTarget[..question];
        var query = question < 0 ? "" : rawTarget[(question + 1)..];
        var canonical = new StringBuilder()
            .Append(method)
            .Append('\n')
            .Append(Path(path))
            .Append('\n')
            .Append(Query(query))
            .Append('\n');
        foreach (var name in signedHeaders)
        {
            canonical.Append(name).Append(':');
            canonical.AppendJoin(',', header(name).Select(Trim)).Append('\n');
        }
        return canonical
            .Append('\n')
            .AppendJoin(';', signedHeaders)
            .Append('\n')
            .Append(payloadHash)
            .ToString();
    }

    private static string Path(string path)
    {
        var segments = new List<string>();
        var all = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var segment in all)
        {
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("." or ".."))
            {
                segments.Add(Uri.EscapeDataString(segment));
            }
        }
        var trailing = segments.Count > 0 && path.EndsWith('/') ? "/" : "";
        return "/" + string.Join('/', segments) + trailing;
    }

    private static string Query(string query)
    {
        var pairs = query
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Encode(pair[0]), Value: pair.Length > 1 ? Encode(pair[1]) : ""))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal);
        return string.Join('&', pairs.Select(pair => $"{pair.Name}={pair.Value}"));
    }

    private static string Encode(string sent) => Uri.EscapeDataString(Uri.UnescapeDataString(sent));

    /// <summary>No spaces around, and one where there were several.</summary>
    private static string Trim(string? value) =>
        string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
