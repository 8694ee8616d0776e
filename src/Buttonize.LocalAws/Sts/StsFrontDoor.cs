using System.Text;
using Buttonize.LocalAws.Admin;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Sts;

/// <summary>Who is it, is the Region on, which operation; then the operation, the trail, the answer.</summary>
internal sealed class StsFrontDoor(
    SignatureVerifier verifier,
    Regions regions,
    Faults faults,
    AssumeRole assumeRole,
    Trail trail,
    TimeProvider time
)
{
    public const string Service = "sts";
    private const string ApiVersion = "2011-06-15";
    private const int MaxBodyLength = 1024 * 1024;

    public async Task ServeAsync(HttpContext http)
    {
        var requestId = Guid.NewGuid().ToString();
        var body = await RequestBody.ReadAsync(http.Request, MaxBodyLength, http.RequestAborted);
        if (body is null)
        {
            await RefuseAsync(http, requestId, StsErrors.TooLarge);
            return;
        }
        var verified = verifier.Verify(http.Request, body, Service);
        if (verified.Caller is null || verified.Failure is not null)
        {
            // In no trail: "CloudTrail logs all authenticated API requests" ("Logging IAM and AWS STS API requests").
            await RefuseAsync(http, requestId, StsErrors.From(verified.Failure!));
            return;
        }
        var now = time.GetUtcNow();
        var call = AwsCall.Of(http, requestId, now, verified.Region, verified.Caller);
        var parameters = QueryParameters.Of(http.Request, body);
        var operation = parameters.Take("Action") ?? "";
        var outcome = await RunAsync(http, call, operation, parameters);
        if (outcome is null)
        {
            http.Abort();
            return;
        }
        // An operation that does not exist has no name to be recorded under, and CloudTrail logs no call that was not
        // authenticated, be it on demand.
        if (IsKnown(operation) && !StsErrors.IsOfAuthentication(outcome.Error))
        {
            trail.Record(outcome.Trail);
        }
        await AnswerAsync(http, requestId, operation, outcome);
    }

    /// <returns>Null when a fault wants the connection dropped.</returns>
    private async Task<StsOutcome?> RunAsync(
        HttpContext http,
        AwsCall call,
        string operation,
        QueryParameters parameters
    )
    {
        var fault = await faults.StrikeAsync(Service, operation, call.Region, http.RequestAborted);
        if (fault?.Kind == FaultKind.Drop)
        {
            return null;
        }
        var refusal = fault?.Error ?? Check(call, operation, parameters);
        if (refusal is not null)
        {
            return Refused(call, operation, refusal);
        }
        return operation == nameof(AssumeRole)
            ? assumeRole.Run(call, parameters)
            : GetCallerIdentity.Run(call, parameters);
    }

    private AwsError? Check(AwsCall call, string operation, QueryParameters parameters)
    {
        if (parameters.Refusal is { } refusal)
        {
            return refusal;
        }
        var version = parameters.Take("Version") ?? "NO_VERSION_SPECIFIED";
        if (operation.Length == 0)
        {
            return StsErrors.MissingAction;
        }
        if (!IsKnown(operation) || version != ApiVersion)
        {
            return StsErrors.InvalidAction(operation, version);
        }
        return regions.IsEnabled(call.Region, call.Caller.AccountId)
            ? null
            : StsErrors.RegionDisabled(call.Caller.AccountId);
    }

    private static StsOutcome Refused(AwsCall call, string operation, AwsError error) =>
        new(
            new TrailEvent(
                call,
                "sts.amazonaws.com",
                operation,
                ReadOnly: true,
                EventCategory.Management
            )
            {
                Error = error,
            },
            null
        );

    private static bool IsKnown(string operation) =>
        operation is nameof(AssumeRole) or nameof(GetCallerIdentity);

    private static Task AnswerAsync(
        HttpContext http,
        string requestId,
        string operation,
        StsOutcome outcome
    ) =>
        outcome.Error is { } error
            ? RefuseAsync(http, requestId, error)
            : WriteAsync(
                http,
                200,
                StsXml.Response(operation, outcome.Result!, requestId),
                requestId
            );

    private static Task RefuseAsync(HttpContext http, string requestId, AwsError error) =>
        WriteAsync(http, error.Status, StsXml.Error(error, requestId), requestId);

    private static Task WriteAsync(HttpContext http, int status, string xml, string requestId)
    {
        BrowserAccess.Allow(http.Response);
        http.Response.StatusCode = status;
        http.Response.ContentType = StsXml.ContentType;
        http.Response.Headers["x-amzn-RequestId"] = requestId;
        return http.Response.WriteAsync(xml, Encoding.UTF8, http.RequestAborted);
    }
}
