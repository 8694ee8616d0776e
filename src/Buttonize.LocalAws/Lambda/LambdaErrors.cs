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
            AuthenticationFailureKind.MalformedQuery => new(
                400,
                "MalformedHttpRequestException",
                failure.Message
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

    public static AwsError NotFound(string functionArn) =>
        new(404, "ResourceNotFoundException", $"Function not found: {functionArn}");

    public static AwsError OtherRegion(string functions, string here) =>
        new(
            404,
            "ResourceNotFoundException",
            $"Functions from '{functions}' are not reachable in this region ('{here}')"
        );

    public static AwsError InvalidName(string name) =>
        new(
            400,
            "ValidationException",
            $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy "
                + $"regular expression pattern: {FunctionName.Pattern}"
        );

    public static AwsError InvalidParameter(string message) =>
        new(400, "InvalidParameterValueException", message);

    public static readonly AwsError InvalidContent = new(
        400,
        "InvalidRequestContentException",
        "Could not parse request body into json: the payload is not valid JSON."
    );

    public static readonly AwsError TooLarge = new(
        413,
        "RequestTooLargeException",
        $"Request must be smaller than {FunctionProcess.MaxPayload} bytes for the InvokeFunction operation"
    );

    private static AwsError Denied(string caller, string functionArn, string reason) =>
        new(
            403,
            "AccessDeniedException",
            $"User: {caller} is not authorized to perform: {Action} on resource: {functionArn} {reason}"
        );
}
