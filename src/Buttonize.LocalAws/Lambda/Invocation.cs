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
/// <param name="Trail">Null when the call did not reach a function, or its data events are off.</param>
internal sealed record Invocation(LambdaFunction? Function, AwsError? Error, TrailEvent? Trail);

/// <summary>Decides about an invocation: well-formed, then allowed, then existing, as AWS does.</summary>
internal sealed class InvocationGate(Functions functions)
{
    public Invocation Judge(AwsCall call, InvokeRequest request)
    {
        var (name, malformed) = Name(call, request);
        if (name is null)
        {
            return new Invocation(null, malformed, Trail: null);
        }
        var function = functions.Find(name.UnqualifiedArn);
        var notReached = Unauthorized(call, name) ?? Unreachable(call, name, function);
        var error =
            Unsupported(request)
            ?? notReached
            ?? (EventJson.IsValid(request.Payload) ? null : LambdaErrors.InvalidContent);
        var recorded = notReached is null && function!.DataEvents;
        return new Invocation(
            error is null ? function : null,
            error,
            recorded
                ? InvokeEvent.Of(call, request, name, $"{name.UnqualifiedArn}:$LATEST", error)
                : null
        );
    }

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
            new AccessRequest("lambda:InvokeFunction", name.Arn, ConditionKeys.None)
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
}
