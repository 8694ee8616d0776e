using System.Net;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Audit;

/// <summary>Where a call came from, as far as it can be known.</summary>
/// <param name="SourceIp">The caller's address; null where the connection has none.</param>
/// <param name="UserAgent">What the caller's program calls itself, which is its word alone; null where it says nothing.</param>
internal sealed record ClientDetails(string? SourceIp, string? UserAgent)
{
    /// <summary>How much of a user agent is kept, in UTF-16 units: enough for every browser and SDK, and an entry stays small.</summary>
    public const int MaximumUserAgent = 256;

    /// <summary>The details of a connection and the header <c>User-Agent</c> of its request.</summary>
    public static ClientDetails Of(IPAddress? address, string? userAgent) =>
        new(
            (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
            string.IsNullOrEmpty(userAgent)
                ? null
                : TextRules.Printable(userAgent, MaximumUserAgent)
        );
}
