using System.Text;

namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// The text that is signed ("Create a signed AWS API request", step 1), for services other than S3: the path as it was sent
/// is normalised and encoded once more. Nobody but the signer sees it: with a presigned call it has the session token in it.
/// </summary>
internal static class CanonicalRequest
{
    /// <param name="path">As sent, undecoded.</param>
    /// <param name="query">Without the signature itself.</param>
    /// <param name="header">The values of a header in the order sent.</param>
    public static string Build(
        string method,
        string path,
        IEnumerable<QueryPair> query,
        IReadOnlyList<string> signedHeaders,
        Func<string, IEnumerable<string?>> header,
        string payloadHash
    )
    {
        var canonical = new StringBuilder()
            .Append(method)
            .Append('\n')
            .Append(Path(path))
            .Append('\n')
            .Append(QueryPairs.Canonical(query))
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

    /// <summary>
    /// Empty and dot segments go. The others are encoded as they came, so that %2F is not a slash, nor %61 an a: the AWS
    /// SDKs sign the path that they send, not what it decodes to.
    /// </summary>
    private static string Path(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("." or ".."))
            {
                segments.Add(QueryPairs.Encode(segment));
            }
        }
        var trailing = segments.Count > 0 && path.EndsWith('/') ? "/" : "";
        return "/" + string.Join('/', segments) + trailing;
    }

    /// <summary>No white space around, and one space where there was any amount of it.</summary>
    private static string Trim(string? value) =>
        string.Join(' ', (value ?? "").Split(WhiteSpace, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>That of HTTP; a header that goes on in the next line does not get here, Kestrel answers it with 400.</summary>
    private static readonly char[] WhiteSpace = [' ', '\t'];
}
