using System.Text.Json.Nodes;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Lambda;

/// <summary>A judged call: what to run, or why not; and what the trail says about it.</summary>
/// <param name="Trail">Null when the function's data events are off.</param>
internal sealed record Invocation(FunctionCall? Call, AwsError? Error, TrailEvent? Trail);

/// <summary>Decides about an invocation: well-formed, then allowed, then existing, as AWS does.</summary>
internal sealed class InvocationGate(Functions functions)
{
    /// <summary>Bytes of an asynchronous event ("Lambda quotas": 1 MB).</summary>
    public const int MaxEventPayload = 1024 * 1024;

    public Invocation Judge(AwsCall call, InvokeRequest request)
    {
        var (name, malformed) = Name(call, request);
        if (name is null)
        {
            return Refused(Event(call, request, null), null, malformed!);
        }
        var function = functions.Find(name);
        var trail = Event(call, request, name);
        var error =
            Unsupported(request, name)
            ?? InvalidHeader(request)
            ?? Unauthorized(call, name)
            ?? Unreachable(call, name, function)
            ?? InvalidPayload(request);
        return error is null
            ? new Invocation(
                Admit(call, request, name, function!),
                null,
                function!.DataEvents ? trail : null
            )
            : Refused(trail, name, error);
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
        return Refused(trail, name, error);
    }

    private TrailEvent Event(AwsCall call, InvokeRequest request, FunctionName? name) =>
        new(call, "lambda.amazonaws.com", "Invoke", ReadOnly: false, EventCategory.Data)
        {
            // Without the payload: it is the customer's data, and AWS leaves it out too.
            RequestParameters = Parameters(request, name),
            AdditionalEventData = name is null
                ? null
                : new JsonObject { ["functionVersion"] = Version(call, name).Arn },
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

    /// <summary>The version behind an alias; of another account's alias nobody hears which it is.</summary>
    private FunctionName Version(AwsCall call, FunctionName name) =>
        name.AccountId == call.Caller.AccountId && functions.Find(name) is { } function
            ? function.Name
            : name.Qualified;

    private static FunctionCall Admit(
        AwsCall call,
        InvokeRequest request,
        FunctionName name,
        LambdaFunction function
    ) =>
        new(
            function,
            name.Arn,
            call.RequestId,
            request.Payload,
            // "For synchronous invocations only" (Invoke, ClientContext).
            request.InvocationType == InvocationType.Event
            || request.ClientContext is null
                ? null
                : ClientContext.Decode(request.ClientContext)
        );

    private static (FunctionName?, AwsError?) Name(AwsCall call, InvokeRequest request)
    {
        if (request.Validate() is { } invalid)
        {
            return (null, invalid);
        }
        if (FunctionName.TryParse(request.FunctionName, call.Caller, call.Region) is not { } name)
        {
            return (null, LambdaErrors.UnsupportedName(request.FunctionName));
        }
        var nameAlone = request.FunctionName.Split(':')[0];
        if (nameAlone == name.Name && name.Name.Length > FunctionName.MaxNameLength)
        {
            return (null, LambdaErrors.NameTooLong(name.Name));
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

    private static AwsError? Unsupported(InvokeRequest request, FunctionName name)
    {
        if (request.Unsupported is { } unknown)
        {
            return LambdaErrors.InvalidParameter($"'{unknown}' is not supported.");
        }
        // The newest version of a function on Lambda Managed Instances, which do not exist here.
        return name.Qualifier == "$LATEST.PUBLISHED"
            ? LambdaErrors.InvalidParameter("The qualifier $LATEST.PUBLISHED is not supported.")
            : null;
    }

    /// <summary>Both are the error's own examples or have been seen with it ("Invoke", InvalidRequestContentException).</summary>
    private static AwsError? InvalidHeader(InvokeRequest request)
    {
        if (request.RequestId is { } id && !Guid.TryParseExact(id, "D", out _))
        {
            return LambdaErrors.InvalidRequestId;
        }
        return request.ClientContext is { } context && ClientContext.Decode(context) is null
            ? LambdaErrors.InvalidClientContext
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
        return function is null ? LambdaErrors.NotFound(name) : null;
    }

    private static AwsError? InvalidPayload(InvokeRequest request)
    {
        if (
            request.InvocationType == InvocationType.Event
            && request.Payload.Length > MaxEventPayload
        )
        {
            return LambdaErrors.EventTooLarge(request.Payload.Length);
        }
        return EventJson.IsValid(request.Payload) ? null : LambdaErrors.InvalidContent;
    }

    private Invocation Refused(TrailEvent trail, FunctionName? name, AwsError error) =>
        new(
            null,
            error,
            name is null || functions.LogsDataEvents(name) ? trail with { Error = error } : null
        );

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
