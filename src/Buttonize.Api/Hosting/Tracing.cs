using System.Diagnostics;

namespace Buttonize.Api.Hosting;

/// <summary>
/// Spans of the calls to AWS, as children of the request's. Attributes follow OpenTelemetry's semantic conventions for AWS
/// (<c>rpc.*</c>, <c>aws.request_id</c>). No tenant's data, and no secret, is ever an attribute.
/// </summary>
internal static class Tracing
{
    /// <summary>The source's name.</summary>
    public const string SourceName = "Buttonize";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// Begins the span of one call; null, at no cost, where nobody collects traces, and where there is nothing that the call is a part
    /// of: the background's polling would drown what is worth a look.
    /// </summary>
    /// <param name="service">AWS's name of the service: <c>STS</c>, <c>DynamoDB</c>, <c>KMS</c>.</param>
    /// <param name="operation">AWS's name of the operation.</param>
    public static Activity? StartCall(string service, string operation) =>
        Activity.Current is null
            ? null
            : Source
                .StartActivity($"{service}.{operation}", ActivityKind.Client)
                ?.SetTag("rpc.system", "aws-api")
                .SetTag("rpc.service", service)
                .SetTag("rpc.method", operation);

    /// <summary>Begins a trace of something that no request asked for.</summary>
    public static Activity? StartWork(string name) => Source.StartActivity(name);

    /// <summary>Notes how a call ended.</summary>
    /// <param name="span">The call's span, or null.</param>
    /// <param name="awsRequestId">AWS's id of it, where there was an answer.</param>
    /// <param name="retries">How often the SDK repeated it.</param>
    /// <param name="code">What it failed with: AWS's code, never AWS's text, which can quote what was sent.</param>
    public static void Ended(
        this Activity? span,
        string? awsRequestId,
        int retries,
        string? code = null
    )
    {
        span?.SetTag("aws.request_id", awsRequestId)
            .SetTag("aws.retries", retries == 0 ? null : retries)
            .SetTag("error.type", code);
        if (code is not null)
        {
            span?.SetStatus(ActivityStatusCode.Error, code);
        }
    }
}
