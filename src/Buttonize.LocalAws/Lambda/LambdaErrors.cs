using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Lambda;

/// <summary>Lambda's refusals ("Invoke: Errors" and "Common error types").</summary>
internal static class LambdaErrors
{
    private const string Action = "lambda:InvokeFunction";

    public static AwsError From(AuthenticationFailure failure) =>
        failure.Kind switch
        {
            AuthenticationFailureKind.MissingToken => new(
                403,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token"
            ),
            AuthenticationFailureKind.IncompleteSignature => new(
                400,
                "IncompleteSignatureException",
                failure.Message
            ),
            AuthenticationFailureKind.UnknownToken => new(
                403,
                "UnrecognizedClientException",
                failure.Message
            ),
            AuthenticationFailureKind.ExpiredToken => new(
                403,
                "ExpiredTokenException",
                failure.Message
            ),
            _ => new(403, "InvalidSignatureException", failure.Message),
        };

    /// <param name="access">Why; not <see cref="Access.Allowed"/>.</param>
    public static AwsError NotAuthorized(string caller, string functionArn, Access access) =>
        Denied(
            caller,
            functionArn,
            access switch
            {
                Access.DeniedByIdentityPolicy =>
                    "with an explicit deny in an identity-based policy",
                Access.DeniedBySessionPolicy => "with an explicit deny in a session policy",
                Access.NoSessionPolicyAllows =>
                    $"because no session policy allows the {Action} action",
                _ => $"because no identity-based policy allows the {Action} action",
            }
        );

    /// <summary>Functions have no resource-based policy here, so nobody outside the account is let in.</summary>
    public static AwsError NotAuthorizedAcrossAccounts(string caller, string functionArn) =>
        Denied(caller, functionArn, $"because no resource-based policy allows the {Action} action");

    /// <summary>Named with its version also where the call names none, as AWS has done since 2025.</summary>
    public static AwsError NotFound(FunctionName name) =>
        new(404, "ResourceNotFoundException", $"Function not found: {name.Qualified.Arn}");

    public static AwsError OtherRegion(string functions, string here) =>
        new(
            404,
            "ResourceNotFoundException",
            $"Functions from '{functions}' are not reachable in this region ('{here}')"
        );

    public static AwsError Validation(string message) => new(400, "ValidationException", message);

    /// <summary>The API model lets more than a name pass; its length is checked apart, with an error of its own.</summary>
    public static AwsError NameTooLong(string name) =>
        InvalidParameter(
            $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must have "
                + $"length less than or equal to {FunctionName.MaxNameLength}"
        );

    public static AwsError UnsupportedName(string text) =>
        InvalidParameter(
            $"'{text}' is not supported: it is neither the name of a function, nor a partial ARN, nor an ARN."
        );

    public static AwsError InvalidParameter(string message) =>
        new(400, "InvalidParameterValueException", message);

    public static readonly AwsError InvalidContent = InvalidRequest(
        "Could not parse request body into json: Could not parse payload into json: the payload is not JSON in UTF-8."
    );

    public static readonly AwsError InvalidClientContext = InvalidRequest(
        "Client context must be a valid Base64-encoded JSON object."
    );

    public static readonly AwsError InvalidRequestId = InvalidRequest(
        "The x-amzn-RequestId header is not a valid UUID."
    );

    /// <summary>The code is the API reference's; callers have been shown RequestEntityTooLargeException for it, too.</summary>
    public static readonly AwsError TooLarge = new(
        413,
        "RequestTooLargeException",
        $"Request must be smaller than {LambdaFrontDoor.MaxPayload} bytes for the InvokeFunction operation"
    );

    public static AwsError EventTooLarge(int length) =>
        TooLarge with
        {
            Message =
                $"{length} byte payload is too large for the Event invocation type (limit {InvocationGate.MaxEventPayload} bytes)",
        };

    public static AwsError UnknownOperation(string method, string path) =>
        new(
            404,
            "UnknownOperationException",
            $"{method} {path} is not an operation of this local AWS."
        );

    private static AwsError InvalidRequest(string message) =>
        new(400, "InvalidRequestContentException", message);

    private static AwsError Denied(string caller, string functionArn, string reason) =>
        new(
            403,
            "AccessDeniedException",
            $"User: {caller} is not authorized to perform: {Action} on resource: {functionArn} {reason}"
        );
}
