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
    bool IsSecure,
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
            SourceIp(http.Connection.RemoteIpAddress),
            http.Request.IsHttps,
            http.Request.Headers.UserAgent.ToString(),
            http.Request.Host.Value ?? ""
        );

    private static string SourceIp(IPAddress? address) =>
        address switch
        {
            null => "unknown",
            // A socket for both families shows IPv4 addresses as mapped ones.
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            _ => address.ToString(),
        };
}
