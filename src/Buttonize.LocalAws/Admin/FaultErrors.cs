using Buttonize.LocalAws.Lambda;
using Buttonize.LocalAws.SigV4;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Admin;

/// <summary>
/// The errors that faults can ask for by code alone: those of the pages "Common error types" and "AssumeRole: Errors" for
/// STS, and of "Invoke: Errors" for Lambda, with their HTTP status. Messages are AWS's where they are known; the others
/// say that they were asked for, so that nobody takes them for AWS's words.
/// </summary>
internal static class FaultErrors
{
    /// <summary>STS throttles with 400 and this message, not with 429.</summary>
    private const string RateExceeded = "Rate exceeded";

    private static readonly Dictionary<string, (int Status, string? Message)> OfSts = new()
    {
        ["InternalFailure"] = (500, null),
        ["ServiceUnavailable"] = (503, null),
        ["Throttling"] = (400, RateExceeded),
        ["ThrottlingException"] = (400, RateExceeded),
        ["RequestExpired"] = (400, null),
        ["ValidationError"] = (400, null),
        ["InvalidParameterValue"] = (400, null),
        ["MalformedPolicyDocument"] = (400, null),
        ["PackedPolicyTooLarge"] = (400, null),
        ["RegionDisabledException"] = (403, null),
        [StsErrors.AccessDenied] = (403, null),
        ["OptInRequired"] = (403, null),
        ["ExpiredToken"] = (403, AuthenticationFailure.Expired.Message),
        ["ExpiredTokenException"] = (403, AuthenticationFailure.Expired.Message),
        ["InvalidClientTokenId"] = (403, AuthenticationFailure.Unknown.Message),
        ["SignatureDoesNotMatch"] = (403, AuthenticationFailure.Mismatch.Message),
    };

    private static readonly Dictionary<string, (int Status, string? Message)> OfLambda = new()
    {
        ["ServiceException"] = (500, null),
        ["InternalFailure"] = (500, null),
        ["ServiceUnavailable"] = (503, null),
        ["TooManyRequestsException"] = (429, RateExceeded),
        ["ThrottlingException"] = (400, RateExceeded),
        ["InvalidParameterValueException"] = (400, null),
        ["InvalidRequestContentException"] = (400, null),
        ["AccessDeniedException"] = (403, null),
        ["ExpiredTokenException"] = (403, AuthenticationFailure.Expired.Message),
        ["UnrecognizedClientException"] = (403, AuthenticationFailure.Unknown.Message),
        ["InvalidSignatureException"] = (403, AuthenticationFailure.Mismatch.Message),
        ["ResourceNotFoundException"] = (404, null),
        ["ResourceConflictException"] = (409, null),
        ["RequestTooLargeException"] = (413, null),
        ["UnsupportedMediaTypeException"] = (415, null),
        ["EC2ThrottledException"] = (502, null),
        ["EC2UnexpectedException"] = (502, null),
        ["KMSAccessDeniedException"] = (502, null),
        ["KMSDisabledException"] = (502, null),
        ["ResourceNotReadyException"] = (502, null),
    };

    /// <summary>What a service answers when it fails by itself.</summary>
    public static string DefaultCode(string service) =>
        service == StsFrontDoor.Service ? "InternalFailure" : "ServiceException";

    /// <param name="status">Null: the one the code usually has, or 400.</param>
    public static AwsError Find(string service, string code, int? status)
    {
        var known = service == LambdaFrontDoor.Service ? OfLambda : OfSts;
        var usual = known.GetValueOrDefault(code, (Status: 400, Message: null));
        return new AwsError(status ?? usual.Status, code, usual.Message ?? $"{code}, on demand");
    }
}
