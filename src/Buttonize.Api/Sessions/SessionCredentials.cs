namespace Buttonize.Api.Sessions;

/// <summary>A session's credentials. Kept in memory only.</summary>
internal sealed record SessionCredentials(
    string AccessKeyId,
    string SecretAccessKey,
    string SessionToken,
    DateTimeOffset Expiration
)
{
    /// <summary>Never the credentials.</summary>
    public override string ToString() => "[redacted session credentials]";
}
