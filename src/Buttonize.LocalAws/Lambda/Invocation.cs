using System.Text.Json;
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
/// <param name="Trail">
/// Null when the function's data events are off, and when the call did not get as far as the function: "CloudTrail logs
/// only authenticated and authorized requests" ("Logging AWS Lambda API calls using AWS CloudTrail").
/// </param>
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
            recorded ? Event(call, request, name, error) : null
        );
    }

    /// <summary>
    /// The data event of an Invoke, in the shape of records from real trails. A function that fails is no error of the call,
    /// which answers 200.
    /// </summary>
    private static TrailEvent Event(
        AwsCall call,
        InvokeRequest request,
        FunctionName name,
        AwsError? error
    )
    {
        // Neither the payload nor what it stands in: it is the customer's data, and a record outlives the call.
        var (type, log) = (request.InvocationType, request.LogType);
        return new(call, "lambda.amazonaws.com", "Invoke", ReadOnly: false, EventCategory.Data)
        {
            RequestParameters = json => WriteParameters(json, name, type, log),
            AdditionalEventData = json => WriteAdditional(json, name),
            Resource = new TrailResource(
                name.AccountId,
                "AWS::Lambda::Function",
                name.UnqualifiedArn
            ),
            Error = error,
        };
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

    private static void WriteParameters(
        Utf8JsonWriter json,
        FunctionName name,
        string invocationType,
        string logType
    )
    {
        json.WriteStartObject();
        json.WriteString("functionName", name.UnqualifiedArn);
        json.WriteString("invocationType", invocationType);
        json.WriteStringIfAny("logType", logType == "None" ? null : logType);
        json.WriteStringIfAny("qualifier", name.Qualifier);
        json.WriteEndObject();
    }

    private static void WriteAdditional(Utf8JsonWriter json, FunctionName name)
    {
        json.WriteStartObject();
        json.WriteString("functionVersion", $"{name.UnqualifiedArn}:$LATEST");
        json.WriteEndObject();
    }
}
