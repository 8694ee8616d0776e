namespace Buttonize.LocalAws.SigV4;

/// <summary>Why a call is not believed; each service has its own error code for each kind.</summary>
internal enum AuthenticationFailureKind
{
    MissingToken,
    MalformedQuery,
    IncompleteSignature,
    UnknownToken,
    ExpiredToken,
    WrongSignature,
}

internal sealed record AuthenticationFailure(AuthenticationFailureKind Kind, string Message)
{
    public static readonly AuthenticationFailure Missing = new(
        AuthenticationFailureKind.MissingToken,
        "Request is missing Authentication Token"
    );

    public static readonly AuthenticationFailure MalformedQuery = new(
        AuthenticationFailureKind.MalformedQuery,
        "The parameters have a percent sign without two hexadecimal digits, or are not UTF-8."
    );

    /// <summary>The same for an unknown key, a wrong token and a missing one, so that nothing can be probed.</summary>
    public static readonly AuthenticationFailure Unknown = new(
        AuthenticationFailureKind.UnknownToken,
        "The security token included in the request is invalid."
    );

    public static readonly AuthenticationFailure Expired = new(
        AuthenticationFailureKind.ExpiredToken,
        "The security token included in the request is expired"
    );

    /// <summary>
    /// AWS adds the canonical request and the string to sign ("Troubleshoot signed requests for AWS APIs"). Left out here:
    /// that of a presigned call holds the session token, and this message goes into logs and into the trail.
    /// </summary>
    public static readonly AuthenticationFailure Mismatch = Wrong(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
            + "Key and signing method. Consult the service documentation for details."
    );

    public static AuthenticationFailure Wrong(string message) =>
        new(AuthenticationFailureKind.WrongSignature, message);

    public static AuthenticationFailure Incomplete(string message) =>
        new(AuthenticationFailureKind.IncompleteSignature, message);
}
