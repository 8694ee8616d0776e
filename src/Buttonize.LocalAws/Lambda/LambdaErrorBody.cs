using System.Text.Json.Nodes;
using Buttonize.LocalAws.CloudTrail;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// The body of a refusal. Lambda's own errors say whose fault it is, and spell the message as their shape in Lambda's API
/// model does; what refuses before Lambda's own code says the message only (not documented).
/// </summary>
internal static class LambdaErrorBody
{
    /// <summary>The errors of Invoke whose member is "message"; the others' is "Message".</summary>
    private static readonly string[] InLowerCase =
    [
        "InvalidParameterValueException",
        "InvalidRequestContentException",
        "RequestTooLargeException",
        "ResourceConflictException",
        "ResourceNotReadyException",
        "SerializedRequestEntityTooLargeException",
        "TooManyRequestsException",
        "UnsupportedMediaTypeException",
    ];

    public static string Of(AwsError error)
    {
        var body = new JsonObject();
        if (!IsOfTheFrontEnd(error))
        {
            body["Type"] = error.Status >= 500 ? "Service" : "User";
        }
        body[MessageMember(error)] = error.Message;
        return body.ToJsonString(TrailJson.Options);
    }

    private static string MessageMember(AwsError error) =>
        InLowerCase.Contains(error.Code)
        || (IsOfTheFrontEnd(error) && error.Code != "AccessDeniedException")
            ? "message"
            : "Message";

    private static bool IsOfTheFrontEnd(AwsError error) =>
        error.Status == 403
        || error.Code
            is "IncompleteSignatureException"
                or "UnknownOperationException"
                or "ValidationException";
}
