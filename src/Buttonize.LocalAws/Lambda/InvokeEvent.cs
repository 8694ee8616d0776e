using System.Text.Json;
using Buttonize.LocalAws.CloudTrail;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// The data event of an Invoke that reached its function, in the shape of records from real trails: of others there is none,
/// since "CloudTrail logs only authenticated and authorized requests" ("Logging AWS Lambda API calls using AWS CloudTrail").
/// A function that fails is no error of the call, which answers 200.
/// </summary>
internal static class InvokeEvent
{
    /// <param name="name">As it was called, with the qualifier if there was one.</param>
    /// <param name="version">The ARN of the version that is executed.</param>
    public static TrailEvent Of(
        AwsCall call,
        InvokeRequest request,
        FunctionName name,
        string version,
        AwsError? error
    )
    {
        // Not the request itself: its payload is the customer's, and a record outlives the call.
        var (invocationType, logType) = (request.InvocationType, request.LogType);
        return new TrailEvent(
            call,
            "lambda.amazonaws.com",
            "Invoke",
            ReadOnly: false,
            EventCategory.Data
        )
        {
            RequestParameters = json => WriteParameters(json, name, invocationType, logType),
            AdditionalEventData = json => WriteAdditional(json, version),
            Resource = new TrailResource(
                name.AccountId,
                "AWS::Lambda::Function",
                name.UnqualifiedArn
            ),
            Error = error,
        };
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

    private static void WriteAdditional(Utf8JsonWriter json, string version)
    {
        json.WriteStartObject();
        json.WriteString("functionVersion", version);
        json.WriteEndObject();
    }
}
