using Buttonize.LocalAws.Admin;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Lambda;

/// <summary>Who is it, may they, does it exist; then the function, the trail, the answer.</summary>
internal sealed class LambdaFrontDoor(
    SignatureVerifier verifier,
    Faults faults,
    InvocationGate gate,
    RunningFunctions functions,
    Trail trail,
    TimeProvider time
)
{
    public const string Service = "lambda";
    public const string Operation = "Invoke";
    private const string ContentType = "application/json";

    /// <summary>
    /// Bytes of a request ("Lambda quotas": 6 MB, "Request must be smaller than 6291456 bytes"); less than an answer may
    /// have.
    /// </summary>
    public const int MaxPayload = 6 * 1024 * 1024;

    public async Task ServeAsync(HttpContext http, string functionName)
    {
        var requestId = Guid.NewGuid().ToString();
        Prepare(http.Response, requestId);
        if (!IsSpelledOut(http.Request.Path))
        {
            await RefuseAsync(
                http,
                LambdaErrors.UnknownOperation(http.Request.Method, http.Request.Path)
            );
            return;
        }
        var body = await RequestBody.ReadAsync(http.Request, MaxPayload, http.RequestAborted);
        if (body is null)
        {
            await RefuseAsync(http, LambdaErrors.TooLarge);
            return;
        }
        var verified = verifier.Verify(http.Request, body, Service);
        if (verified.Caller is null)
        {
            await RefuseAsync(http, LambdaErrors.From(verified.Failure!));
            return;
        }
        var call = AwsCall.Of(http, requestId, time.GetUtcNow(), verified.Region, verified.Caller);
        var request = InvokeRequest.Of(http.Request, functionName, body);
        var invocation = verified.Failure is { } failure
            ? gate.Refuse(call, request, LambdaErrors.From(failure), authenticated: false)
            : await JudgeAsync(call, request, http.RequestAborted);
        if (invocation is null)
        {
            http.Abort();
            return;
        }
        trail.Record(invocation.Trail);
        if (invocation.Error is { } error)
        {
            await RefuseAsync(http, error);
            return;
        }
        await RunAsync(http, request, invocation.Call!);
    }

    /// <summary>Paths are as they are written; the routing here would overlook their case and a slash at the end.</summary>
    private static bool IsSpelledOut(PathString path) =>
        path.Value!.StartsWith("/2015-03-31/functions/", StringComparison.Ordinal)
        && path.Value.EndsWith("/invocations", StringComparison.Ordinal);

    /// <returns>Null when a fault wants the connection dropped.</returns>
    private async Task<Invocation?> JudgeAsync(
        AwsCall call,
        InvokeRequest request,
        CancellationToken cancellationToken
    )
    {
        var fault = await faults.StrikeAsync(Service, Operation, call.Region, cancellationToken);
        if (fault?.Kind == FaultKind.Drop)
        {
            return null;
        }
        return fault?.Error is { } error
            ? gate.Refuse(call, request, error, authenticated: true)
            : gate.Judge(call, request);
    }

    /// <summary>The status says which kind of invocation it was ("Invoke", StatusCode).</summary>
    private async Task RunAsync(HttpContext http, InvokeRequest request, FunctionCall call)
    {
        switch (request.InvocationType)
        {
            case InvocationType.DryRun:
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case InvocationType.Event:
                functions.Enqueue(call);
                http.Response.StatusCode = StatusCodes.Status202Accepted;
                break;
            default:
                var run = await functions.RunAsync(call);
                await AnswerAsync(http, call.Function.Version, run, request.WithLog);
                break;
        }
    }

    private static void Prepare(HttpResponse response, string requestId)
    {
        BrowserAccess.Allow(response);
        response.Headers["x-amzn-RequestId"] = requestId;
    }

    private static async Task AnswerAsync(
        HttpContext http,
        string version,
        FunctionRun run,
        bool withLog
    )
    {
        http.Response.ContentType = ContentType;
        http.Response.Headers["X-Amz-Executed-Version"] = version;
        if (run.Failed)
        {
            http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        }
        if (withLog)
        {
            http.Response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(run.LogTail);
        }
        http.Response.ContentLength = run.Payload.Length;
        await http.Response.Body.WriteAsync(run.Payload, http.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext http, AwsError error)
    {
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = ContentType;
        http.Response.Headers["x-amzn-ErrorType"] = error.Code;
        return http.Response.WriteAsync(LambdaErrorBody.Of(error), http.RequestAborted);
    }
}
