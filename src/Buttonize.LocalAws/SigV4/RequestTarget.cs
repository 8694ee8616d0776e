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
        var question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        return question < 0
            ? new RequestTarget(rawTarget, [])
            : new RequestTarget(
                rawTarget[..question],
                QueryPairs.Parse(Encoding.UTF8.GetBytes(rawTarget[(question + 1)..]))
            );
    }
}
