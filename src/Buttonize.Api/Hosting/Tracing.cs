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

    /// <summary>Begins the span of one call; null, at no cost, where nobody collects traces.</summary>
    /// <param name="service">AWS's name of the service: <c>STS</c>, <c>DynamoDB</c>, <c>KMS</c>.</param>
    /// <param name="operation">AWS's name of the operation.</param>
    public static Activity? StartCall(string service, string operation) =>
        Source
            .StartActivity($"{service}.{operation}", ActivityKind.Client)
            ?.SetTag("rpc.system", "aws-api")
            .SetTag("rpc.service", service)
            .SetTag("rpc.method", operation);
}
