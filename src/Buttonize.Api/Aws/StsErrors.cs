using System.Net;
using Amazon.Runtime;

namespace Buttonize.Api.Aws;

/// <summary>
/// Reads STS's refusals, by code and not by status: throttling is a 400 there, and an unknown role looks like a refusing one. Codes:
/// STS API reference, AssumeRole and Common Errors.
/// </summary>
internal static class StsErrors
{
    private static readonly string[] TrustActions =
    [
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "sts:AssumeRole",
    ];

    /// <summary>What the caller is told, or null where the fault is in this program's request.</summary>
    public static AssumeRoleOutcome.Refused? Classify(Exception fault) =>
        fault switch
        {
            AmazonServiceException service => ByCode(service),
            // The SDK's own exceptions without an answer of AWS are about resolving credentials.
            AmazonClientException => new AssumeRoleOutcome.Refused(
                AssumeRoleRefusal.ControlPlaneCredentials
            ),
            HttpRequestException or IOException or OperationCanceledException or TimeoutException =>
                new AssumeRoleOutcome.Refused(AssumeRoleRefusal.Unavailable),
            _ => null,
        };

    /// <summary>The code for logs and metrics: AWS's, or what happened instead of an answer.</summary>
    public static string CodeOf(Exception fault) =>
        fault switch
        {
            AmazonServiceException { ErrorCode.Length: > 0 } service => service.ErrorCode,
            AmazonServiceException => "NoCode",
            OperationCanceledException or TimeoutException => "Timeout",
            HttpRequestException or IOException => "NoAnswer",
            AmazonClientException => "NoCredentials",
            _ => fault.GetType().Name,
        };

    private static AssumeRoleOutcome.Refused? ByCode(AmazonServiceException fault)
    {
        AssumeRoleRefusal? why = fault.ErrorCode switch
        {
            "AccessDenied" or "AccessDeniedException" => AssumeRoleRefusal.RoleRefused,
            "RegionDisabledException" => AssumeRoleRefusal.RegionDisabled,
            "PackedPolicyTooLarge" or "PackedPolicyTooLargeException" =>
                AssumeRoleRefusal.SessionTooLarge,
            "Throttling"
            or "ThrottlingException"
            or "ThrottledException"
            or "RequestThrottled"
            or "TooManyRequestsException" => AssumeRoleRefusal.Throttled,
            "ExpiredToken"
            or "ExpiredTokenException"
            or "InvalidClientTokenId"
            or "UnrecognizedClientException"
            or "SignatureDoesNotMatch"
            or "MissingAuthenticationToken"
            or "IncompleteSignature"
            or "OptInRequired" => AssumeRoleRefusal.ControlPlaneCredentials,
            // No code: not STS's words at all, but a proxy's, or half an answer.
            null or "" => AssumeRoleRefusal.Unavailable,
            _ when fault.StatusCode is 0 or >= HttpStatusCode.InternalServerError =>
                AssumeRoleRefusal.Unavailable,
            _ when fault.StatusCode == HttpStatusCode.TooManyRequests =>
                AssumeRoleRefusal.Throttled,
            _ => null,
        };
        return why is { } known
            ? new AssumeRoleOutcome.Refused(
                known,
                known == AssumeRoleRefusal.RoleRefused ? MissingAction(fault.Message) : null
            )
            : null;
    }

    private static string? MissingAction(string? message) =>
        TrustActions.FirstOrDefault(action =>
            message?.Contains($"perform: {action} ", StringComparison.Ordinal) == true
        );
}
