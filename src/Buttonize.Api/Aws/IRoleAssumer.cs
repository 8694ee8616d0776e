using Buttonize.Api.Apps;
using Buttonize.Api.Limits;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Aws;

/// <summary>
/// What the control plane asks of AWS STS: 900 seconds of a role, under an identity that the session cannot shed.
/// </summary>
/// <param name="Organization">Whose limit the calls count for.</param>
/// <param name="User">The person whose limit the session counts for.</param>
/// <param name="Role">The role.</param>
/// <param name="ExternalId">What its trust policy asks for.</param>
/// <param name="Identity">Session name, source identity and tags.</param>
/// <param name="SessionPolicy">A policy that narrows the session, or null.</param>
internal sealed record AssumeRoleCommand(
    OrganizationId Organization,
    UserId User,
    RoleArn Role,
    ExternalId ExternalId,
    SessionIdentity Identity,
    string? SessionPolicy
);

/// <summary>What STS answered.</summary>
internal abstract record AssumeRoleOutcome
{
    /// <summary>A session.</summary>
    /// <param name="Credentials">The session's credentials.</param>
    /// <param name="AssumedRoleArn">The session, as <c>arn:…:assumed-role/&lt;role&gt;/&lt;session name&gt;</c>.</param>
    /// <param name="AssumedRoleId">The session by the role's unique id: <c>AROA…:&lt;session name&gt;</c>.</param>
    /// <param name="SourceIdentity">The session's source identity.</param>
    /// <param name="StsRequestId">AWS's id of the request, which is in the customer's trail as well.</param>
    /// <param name="StsRegion">The Region whose STS issued it.</param>
    public sealed record Assumed(
        SessionCredentials Credentials,
        string AssumedRoleArn,
        string AssumedRoleId,
        string SourceIdentity,
        string StsRequestId,
        string StsRegion
    ) : AssumeRoleOutcome;

    /// <summary>No session.</summary>
    /// <param name="Why">The reason, as callers are told.</param>
    /// <param name="MissingAction">The action that the role's trust policy does not allow, where STS named it.</param>
    /// <param name="Limit">For <see cref="AssumeRoleRefusal.RateLimited"/>: which limit, and when to come back.</param>
    public sealed record Refused(
        AssumeRoleRefusal Why,
        string? MissingAction = null,
        LimitReached? Limit = null
    ) : AssumeRoleOutcome;
}

/// <summary>Why there is no session.</summary>
internal enum AssumeRoleRefusal
{
    /// <summary><c>AccessDenied</c>: the role does not trust us this way, or does not exist; STS does not tell which.</summary>
    RoleRefused,

    /// <summary><c>RegionDisabledException</c>.</summary>
    RegionDisabled,

    /// <summary><c>PackedPolicyTooLarge</c>.</summary>
    SessionTooLarge,

    /// <summary><c>Throttling</c>, also after the retries.</summary>
    Throttled,

    /// <summary>5xx or no answer, also after the retries or when the call's time was up.</summary>
    Unavailable,

    /// <summary>The control plane's own credentials are missing, expired or refused.</summary>
    ControlPlaneCredentials,

    /// <summary>A limit of the control plane's own: STS was not asked.</summary>
    RateLimited,
}

/// <summary>The seam to AWS STS.</summary>
internal interface IRoleAssumer
{
    /// <summary>Assumes a role.</summary>
    /// <exception cref="Amazon.Runtime.AmazonServiceException">STS says that the request itself is wrong: a fault of this program.</exception>
    Task<AssumeRoleOutcome> AssumeAsync(
        AssumeRoleCommand command,
        CancellationToken cancellationToken
    );

    /// <summary>Asks STS who the control plane is.</summary>
    /// <returns>What is wrong, or null.</returns>
    Task<string?> ProbeAsync(CancellationToken cancellationToken);
}
