using Buttonize.LocalAws.SigV4;

namespace Buttonize.LocalAws.Sts;

/// <summary>STS's refusals ("AssumeRole: Errors" and "Common error types").</summary>
internal static class StsErrors
{
    public const string AccessDenied = "AccessDenied";

    public static AwsError From(AuthenticationFailure failure) =>
        failure.Kind switch
        {
            AuthenticationFailureKind.MissingToken => new(
                403,
                "MissingAuthenticationToken",
                failure.Message
            ),
            AuthenticationFailureKind.MalformedQuery => MalformedQuery(failure.Message),
            AuthenticationFailureKind.IncompleteSignature => new(
                400,
                "IncompleteSignature",
                failure.Message
            ),
            AuthenticationFailureKind.UnknownToken => new(
                403,
                "InvalidClientTokenId",
                failure.Message
            ),
            AuthenticationFailureKind.ExpiredToken => new(403, "ExpiredToken", failure.Message),
            _ => new(403, "SignatureDoesNotMatch", failure.Message),
        };

    /// <summary>Whether it says that nobody knows who called, as the errors of <see cref="From"/> do.</summary>
    public static bool IsOfAuthentication(AwsError? error) =>
        error is not null
        && (
            error.Code == "ExpiredTokenException"
            || Enum.GetValues<AuthenticationFailureKind>()
                .Any(kind => From(new AuthenticationFailure(kind, "")).Code == error.Code)
        );

    public static AwsError MalformedQuery(string message) =>
        new(404, "MalformedQueryString", message);

    public static AwsError NotAuthorized(string caller, string action, string role) =>
        new(
            403,
            AccessDenied,
            $"User: {caller} is not authorized to perform: {action} on resource: {role}"
        );

    public static AwsError Invalid(string message) => new(400, "ValidationError", message);

    public static AwsError Unsupported(string parameter) =>
        Invalid($"The parameter '{parameter}' is not supported.");

    /// <summary>"Roles may not be assumed by root accounts", whatever a trust policy says.</summary>
    public static readonly AwsError RootMayNotAssume = new(
        403,
        AccessDenied,
        "Roles may not be assumed by root accounts."
    );

    public static AwsError InvalidParameterValue(string message) =>
        new(400, "InvalidParameterValue", message);

    public static AwsError MalformedPolicy(string message) =>
        new(400, "MalformedPolicyDocument", message);

    public static AwsError InvalidAction(string action, string version) =>
        new(400, "InvalidAction", $"Could not find operation {action} for version {version}");

    public static readonly AwsError MissingAction = new(
        400,
        "MissingAction",
        "The request must contain the parameter Action"
    );

    public static AwsError RegionDisabled(string accountId) =>
        new(
            403,
            "RegionDisabledException",
            $"STS is not activated in this region for account:{accountId}. Your account administrator can activate STS in "
                + "this region using the IAM Console."
        );

    public static AwsError PackedTooLarge(int percent, bool hasPolicy) =>
        new(
            400,
            "PackedPolicyTooLarge",
            hasPolicy
                ? $"Packed policy consumes {percent}% of allotted space, please use smaller policy."
                : $"Packed size of session tags consumes {percent}% of allotted space."
        );

    public static readonly AwsError TooLarge = new(
        413,
        "RequestEntityTooLarge",
        "The request is larger than this service takes"
    );
}
