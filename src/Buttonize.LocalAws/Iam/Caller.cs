using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Iam;

/// <summary>Who signed a call, and what that identity may do.</summary>
/// <param name="UserId">As GetCallerIdentity answers it: AIDA…, AROA…:session, or the account for root.</param>
/// <param name="Tags">As aws:PrincipalTag sees them; keys compare without case.</param>
/// <param name="Issuer">The role behind an assumed-role session; null for users and root.</param>
/// <param name="Session">The session issued here; null for long-lived keys, also those put for an assumed-role ARN.</param>
internal sealed record Caller(
    PrincipalArn Arn,
    string UserId,
    string AccessKeyId,
    Permissions Permissions,
    IReadOnlyDictionary<string, string> Tags,
    SessionIssuer? Issuer,
    Session? Session
)
{
    public string AccountId => Arn.AccountId;
}

internal sealed record SessionIssuer(RoleArn Arn, string RoleId, DateTimeOffset SessionCreatedAt);
