using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

internal sealed record SessionTag(string Key, string Value);

/// <summary>An AssumeRole request that keeps to the API model.</summary>
/// <param name="PolicyText">The session policy as it was sent.</param>
internal sealed record AssumeRoleRequest(
    RoleArn RoleArn,
    string RoleSessionName,
    int? DurationSeconds,
    string? ExternalId,
    string? SourceIdentity,
    IReadOnlyList<SessionTag> Tags,
    IReadOnlyList<string> TransitiveTagKeys,
    string? PolicyText,
    PolicyDocument? Policy
)
{
    /// <summary>When a request names none (AssumeRole, DurationSeconds).</summary>
    public const int DefaultDurationSeconds = 3600;

    /// <summary>Without the External ID, which is a secret between two parties.</summary>
    public override string ToString() => $"{RoleArn} as {RoleSessionName}";
}
