using Amazon.SecurityToken.Model;
using Buttonize.Api.Apps;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Aws;

/// <summary>
/// <c>AssumeRole</c> as the control plane sends it. Issuing and proving share it, so that what is proven is what is used.
/// </summary>
internal static class AssumeRoleRequests
{
    /// <summary>The least that STS takes, and the most that a session handed to a browser should last.</summary>
    public const int DurationSeconds = 900;

    /// <summary>The request.</summary>
    /// <param name="role">The role.</param>
    /// <param name="externalId">The External ID; null only in a proof, which asks whether the role does without.</param>
    /// <param name="identity">Session name, source identity and tags.</param>
    /// <param name="sessionPolicy">What narrows the session, or null.</param>
    public static AssumeRoleRequest Of(
        RoleArn role,
        ExternalId? externalId,
        SessionIdentity identity,
        string? sessionPolicy
    ) =>
        new()
        {
            RoleArn = role.Value,
            RoleSessionName = identity.SessionName,
            SourceIdentity = identity.SessionName,
            ExternalId = externalId?.Reveal(),
            DurationSeconds = DurationSeconds,
            Policy = sessionPolicy,
            Tags = [.. identity.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })],
            TransitiveTagKeys = [.. identity.TransitiveTagKeys],
        };

    /// <summary>How much of the packed size the session takes, in percent, where STS told.</summary>
    public static int? PackedPolicyPercent(AssumeRoleResponse response) =>
#pragma warning disable CS0618 // The SDK calls it deprecated; it is still what STS limits and what CloudTrail shows.
        response.PackedPolicySize;
#pragma warning restore CS0618
}
