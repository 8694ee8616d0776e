using System.Text.Json;
using Buttonize.LocalAws.Admin;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Lambda;

/// <summary>Who is it, may they, does it exist; then the function, the trail, the answer.</summary>
internal sealed class LambdaFrontDoor(
    SignatureVerifier verifier,
    Faults faults,
    InvocationGate gate,
    FunctionProcess process,
    Trail trail,
    TimeProvider time
)
{
    public const string Service = "lambda";
    public const string Operation = "Invoke";
    private const string QualifierParameter = "Qualifier";

    public async Task ServeAsync(HttpContext http, string functionName)
    {
        var requestId = Guid.NewGuid().ToString();
        Prepare(http.Response, requestId);
        var body = await RequestBody.ReadAsync(
            http.Request,
            FunctionProcess.MaxPayload,
            http.RequestAborted
        );
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
        var request = Read(http.Request, functionName, body);
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
        var run = await process.RunAsync(invocation.Function!, request.Payload, requestId);
        await AnswerAsync(http, run, withLog: request.LogType == "Tail");
    }

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

    private static InvokeRequest Read(HttpRequest request, string functionName, byte[] body)
    {
        // Not ASP.NET Core's query, to which names that differ in case are the same.
        var query = RequestTarget.Of(request).Query!;
        return new(
            functionName,
            query.FirstOrDefault(pair => pair.Name == QualifierParameter)?.Value,
            Header(request, "X-Amz-Invocation-Type") ?? "RequestResponse",
            Header(request, "X-Amz-Log-Type") ?? "None",
            Header(request, "X-Amz-Client-Context") is not null,
            [
                .. query
                    .Where(pair => !PresignedQuery.Parameters.Contains(pair.Name))
                    .Select(pair => pair.Name)
                    .Except([QualifierParameter]),
                // A second one would be another version of the function.
                .. query
                    .Select(pair => pair.Name)
                    .Where(name => name == QualifierParameter)
                    .Skip(1),
            ],
            // An invocation without a body gets an empty event.
            body.Length == 0
                ? "{}"u8.ToArray()
                : body
        );
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    private static void Prepare(HttpResponse response, string requestId)
    {
        BrowserAccess.Allow(response);
        response.ContentType = "application/json";
        response.Headers["x-amzn-RequestId"] = requestId;
    }

    private static async Task AnswerAsync(HttpContext http, FunctionRun run, bool withLog)
    {
        http.Response.Headers["X-Amz-Executed-Version"] = "$LATEST";
        if (run.Failed)
        {
            http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        }
        if (withLog)
        {
            http.Response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(run.LogTail);
        }
        await http.Response.Body.WriteAsync(run.Payload, http.RequestAborted);
    }

    private static async Task RefuseAsync(HttpContext http, AwsError error)
    {
        http.Response.StatusCode = error.Status;
        http.Response.Headers["x-amzn-ErrorType"] = error.Code;
        // As in AWS: whoever is not let in hears the message only; Lambda's own errors say whose fault it is.
        object body = error.Status switch
        {
            403 => new { error.Message },
            >= 500 => new { Type = "Service", error.Message },
            _ => new { Type = "User", error.Message },
        };
        await http.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(body, TrailJson.Options),
            http.RequestAborted
        );
    }
}
