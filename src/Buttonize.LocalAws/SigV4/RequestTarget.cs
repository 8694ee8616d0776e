using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Buttonize.LocalAws.SigV4;

/// <summary>What a request asks for, from the bytes of its first line: ASP.NET Core's own path is decoded and normalised already.</summary>
/// <param name="Path">As it was sent, undecoded.</param>
/// <param name="Query">Null when it cannot be decoded.</param>
internal sealed record RequestTarget(string Path, IReadOnlyList<QueryPair>? Query)
{
    public static RequestTarget Of(HttpRequest request) =>
        Of(request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    public static RequestTarget Of(string rawTarget)
    {
        // The absolute form, which every server has to take (RFC 9112, 3.2.2); its host has been compared with Host by then.
        if (
            Uri.TryCreate(rawTarget, UriKind.Absolute, out var absolute)
            && absolute.Host.Length > 0
        )
        {
            var authority = rawTarget.IndexOf("//", StringComparison.Ordinal) + 2;
            var path = rawTarget.IndexOf('/', authority);
            rawTarget = path < 0 ? "/" : rawTarget[path..];
        }
        var question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        return question < 0
            ? new RequestTarget(rawTarget, [])
            : new RequestTarget(
                rawTarget[..question],
                QueryPairs.Parse(Encoding.UTF8.GetBytes(rawTarget[(question + 1)..]))
            );
    }
}
