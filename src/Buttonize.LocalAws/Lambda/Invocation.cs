using System.Text.Json.Nodes;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Lambda;

/// <summary>An Invoke call as it arrived; nothing in it has been judged yet.</summary>
internal sealed record InvokeRequest(
    string FunctionName,
    string? Qualifier,
    string InvocationType,
    string LogType,
    bool HasClientContext,
    IReadOnlyList<string> OtherQueryParameters,
    byte[] Payload
);

/// <summary>A judged call: the function to run, or why not; and what the trail says about it.</summary>
/// <param name="Trail">Null when the function's data events are off.</param>
internal sealed record Invocation(LambdaFunction? Function, AwsError? Error, TrailEvent? Trail);

/// <summary>Decides about an invocation: well-formed, then allowed, then existing, as AWS does.</summary>
internal sealed class InvocationGate(Functions functions)
{
    public Invocation Judge(AwsCall call, InvokeRequest request)
    {
        var (name, malformed) = Name(call, request);
        if (name is null)
        {
            return Refused(Event(call, request, null), null, malformed!);
        }
        var function = functions.Find(name.UnqualifiedArn);
        var trail = Event(call, request, name);
        var error =
            Unsupported(request)
            ?? Unauthorized(call, name)
            ?? Unreachable(call, name, function)
            ?? (EventJson.IsValid(request.Payload) ? null : LambdaErrors.InvalidContent);
        return error is null
            ? new Invocation(function, null, function!.DataEvents ? trail : null)
            : Refused(trail, function, error);
    }

    /// <summary>For calls that are refused before anything in them is judged.</summary>
    public Invocation Refuse(
        AwsCall call,
        InvokeRequest request,
        AwsError error,
        bool authenticated
    )
    {
        var (name, _) = Name(call, request);
        var trail = Event(call, request, name) with { Authenticated = authenticated };
        var function = name is null ? null : functions.Find(name.UnqualifiedArn);
        return Refused(trail, function, error);
    }

    private static TrailEvent Event(AwsCall call, InvokeRequest request, FunctionName? name) =>
        new(call, "lambda.amazonaws.com", "Invoke", ReadOnly: false, EventCategory.Data)
        {
            // Without the payload: it is the customer's data, and AWS leaves it out too.
            RequestParameters = Parameters(request, name),
            AdditionalEventData = name is null
                ? null
                : new JsonObject { ["functionVersion"] = $"{name.UnqualifiedArn}:$LATEST" },
            // Another account's function is named, but its account hears only of calls that reach it.
            Resource =
                name is null || name.AccountId != call.Caller.AccountId
                    ? null
                    : new TrailResource(
                        name.AccountId,
                        "AWS::Lambda::Function",
                        name.UnqualifiedArn
                    ),
        };

    private static (FunctionName?, AwsError?) Name(AwsCall call, InvokeRequest request)
    {
        if (FunctionName.TryParse(request.FunctionName, call.Caller, call.Region) is not { } name)
        {
            return (null, LambdaErrors.InvalidName(request.FunctionName));
        }
        return request.Qualifier switch
        {
            null => (name, null),
            _ when name.Qualifier is not null && name.Qualifier != request.Qualifier => (
                null,
                LambdaErrors.InvalidParameter(
                    "The derived qualifier from the function name does not match the specified qualifier."
                )
            ),
            _ => (name with { Qualifier = request.Qualifier }, null),
        };
    }

    private static AwsError? Unsupported(InvokeRequest request)
    {
        if (request.OtherQueryParameters is [var unknown, ..])
        {
            return LambdaErrors.InvalidParameter(
                $"The query parameter '{unknown}' is not supported."
            );
        }
        if (request.InvocationType != "RequestResponse")
        {
            return LambdaErrors.InvalidParameter(
                $"The invocation type '{request.InvocationType}' is not supported; only RequestResponse is."
            );
        }
        if (request.LogType is not ("None" or "Tail"))
        {
            return LambdaErrors.InvalidParameter(
                $"The log type '{request.LogType}' is not supported; only None and Tail are."
            );
        }
        return request.HasClientContext
            ? LambdaErrors.InvalidParameter("X-Amz-Client-Context is not supported.")
            : null;
    }

    private static AwsError? Unauthorized(AwsCall call, FunctionName name)
    {
        var caller = call.Caller;
        var access = caller.Permissions.Decide(
            new AccessRequest("lambda:InvokeFunction", name.Arn, RequestContext.Of(call))
        );
        if (access != Access.Allowed)
        {
            return LambdaErrors.NotAuthorized(caller.Arn.Text, name.Arn, access);
        }
        return caller.AccountId == name.AccountId && caller.Arn.Partition == name.Partition
            ? null
            : LambdaErrors.NotAuthorizedAcrossAccounts(caller.Arn.Text, name.Arn);
    }

    private static AwsError? Unreachable(AwsCall call, FunctionName name, LambdaFunction? function)
    {
        if (name.Region != call.Region)
        {
            return LambdaErrors.OtherRegion(name.Region, call.Region);
        }
        return function is null || !name.IsLatest ? LambdaErrors.NotFound(name.Arn) : null;
    }

    private static Invocation Refused(TrailEvent trail, LambdaFunction? function, AwsError error) =>
        new(null, error, function is { DataEvents: false } ? null : trail with { Error = error });

    private static JsonObject Parameters(InvokeRequest request, FunctionName? name)
    {
        var parameters = new JsonObject
        {
            ["functionName"] = name?.UnqualifiedArn ?? request.FunctionName,
            ["invocationType"] = request.InvocationType,
        };
        if (name?.Qualifier is { } qualifier)
        {
            parameters["qualifier"] = qualifier;
        }
        return parameters;
    }
}
