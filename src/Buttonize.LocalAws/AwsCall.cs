using System.Net;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws;

/// <summary>One call whose caller is known: what every operation and every CloudTrail record starts from.</summary>
internal sealed record AwsCall(
    string RequestId,
    DateTimeOffset Time,
    string Region,
    Caller Caller,
    string SourceIpAddress,
    string UserAgent,
    string Host
)
{
    public static AwsCall Of(
        HttpContext http,
        string requestId,
        DateTimeOffset time,
        string region,
        Caller caller
    ) =>
        new(
            requestId,
            time,
            region,
            caller,
            Text(http.Connection.RemoteIpAddress),
            http.Request.Headers.UserAgent.ToString(),
            http.Request.Host.Value ?? ""
        );

    /// <summary>A socket for both families shows IPv4 as <c>::ffff:192.0.2.1</c>; CloudTrail has it plain.</summary>
    private static string Text(IPAddress? address) =>
        address is { IsIPv4MappedToIPv6: true }
            ? address.MapToIPv4().ToString()
            : address?.ToString() ?? "unknown";
}
