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
            http.Connection.RemoteIpAddress?.ToString() ?? "unknown",
            http.Request.Headers.UserAgent.ToString(),
            http.Request.Host.Value ?? ""
        );
}
