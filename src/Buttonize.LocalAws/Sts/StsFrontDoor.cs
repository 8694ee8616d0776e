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
        var cancellation = http.RequestAborted;
        var body = await RequestBody.ReadAsync(http.Request, MaxBodyLength, cancellation);
        if (body is null)
        {
            await RefuseAsync(http, requestId, StsErrors.TooLarge);
            return;
        }
        var verified = verifier.Verify(http.Request, body, Service);
        var parameters = QueryParameters.Parse(body);
        var operation = parameters.Take("Action");
        if (verified.Caller is null)
        {
            await RefuseAsync(http, requestId, StsErrors.From(verified.Failure!));
            return;
        }
        var call = AwsCall.Of(http, requestId, time.GetUtcNow(), verified.Region, verified.Caller);
        var fault = verified.Failure is null
            ? await faults.StrikeAsync(Service, operation, call.Region, cancellation)
            : null;
        if (fault?.Kind == FaultKind.Drop)
        {
            http.Abort();
            return;
        }
        var refusal = verified.Failure is { } failure
            ? StsErrors.From(failure)
            : fault?.Error ?? CheckCall(http.Request, parameters, call);
        var outcome = refusal is null
            ? Run(call, operation, parameters)
            : Refused(call, operation, refusal, verified.Failure is null);
        // An operation that does not exist has no name to be recorded under.
        if (IsKnown(operation))
        {
            trail.Record(outcome.Trail);
        }
        await (
            outcome.Error is { } error
                ? RefuseAsync(http, requestId, error)
                : AnswerAsync(
                    http,
                    200,
                    StsXml.Response(operation!, outcome.Result!, requestId),
                    requestId
                )
        );
    }

    private AwsError? CheckCall(HttpRequest request, QueryParameters parameters, AwsCall call)
    {
        var version = parameters.Take("Version") ?? "NO_VERSION_SPECIFIED";
        var operation = parameters.Take("Action");
        if (string.IsNullOrEmpty(operation))
        {
            return StsErrors.MissingAction;
        }
        if (!IsKnown(operation) || version != ApiVersion)
        {
            return StsErrors.InvalidAction(operation, version);
        }
        if (!regions.IsEnabled(call.Region, call.Caller.AccountId))
        {
            return StsErrors.RegionDisabled(call.Caller.AccountId);
        }
        if (request.Query.Keys.FirstOrDefault() is { } inQuery)
        {
            return StsErrors.Invalid(
                $"The query parameter '{inQuery}' is not supported; parameters belong into the body."
            );
        }
        return parameters.Repeated is { } repeated
            ? StsErrors.Invalid($"The parameter '{repeated}' is given more than once.")
            : null;
    }

    private StsOutcome Run(AwsCall call, string? operation, QueryParameters parameters) =>
        operation == nameof(AssumeRole)
            ? assumeRole.Run(call, parameters)
            : GetCallerIdentity.Run(call, parameters);

    private static StsOutcome Refused(
        AwsCall call,
        string? operation,
        AwsError error,
        bool authenticated
    ) =>
        new(
            new TrailEvent(
                call,
                "sts.amazonaws.com",
                operation ?? "",
                ReadOnly: true,
                EventCategory.Management
            )
            {
                Error = error,
                Authenticated = authenticated,
            },
            null
        );

    private static bool IsKnown(string? operation) =>
        operation is nameof(AssumeRole) or nameof(GetCallerIdentity);

    private static Task RefuseAsync(HttpContext http, string requestId, AwsError error) =>
        AnswerAsync(http, error.Status, StsXml.Error(error, requestId), requestId);

    private static Task AnswerAsync(HttpContext http, int status, string xml, string requestId)
    {
        BrowserAccess.Allow(http.Response);
        http.Response.StatusCode = status;
        http.Response.ContentType = StsXml.ContentType;
        http.Response.Headers["x-amzn-RequestId"] = requestId;
        return http.Response.WriteAsync(xml, Encoding.UTF8, http.RequestAborted);
    }
}
