namespace Buttonize.Api.Audit;

/// <summary>An entry of the ledger: who got which session. Never a secret: neither a secret key nor a session token is in it.</summary>
/// <param name="Id">The entry's id.</param>
/// <param name="Organization">The tenant.</param>
/// <param name="IssuedAt">When STS had answered, to the millisecond, by the control plane's clock.</param>
/// <param name="User">Whose session it is.</param>
/// <param name="UserName">Their name then, cut to <see cref="MaximumUserName"/>; <see cref="ErasedIssuances.ErasedName"/> where they were erased since.</param>
/// <param name="App">Which app it is of.</param>
/// <param name="ExecutionRoleArn">The role, as it was registered then.</param>
/// <param name="AccessKeyId">The id of the session's key: what the customer's CloudTrail shows on each use of it.</param>
/// <param name="AssumedRoleArn">The session, as STS named it.</param>
/// <param name="AssumedRoleId">The session by the role's unique id.</param>
/// <param name="SourceIdentity">The session's source identity.</param>
/// <param name="Expiration">When the session ends.</param>
/// <param name="StsRequestId">AWS's id of the request, which the customer's CloudTrail shows as <c>requestID</c>; null where it sent none.</param>
/// <param name="Region">Where the app's functions are.</param>
/// <param name="StsRegion">The Region whose STS issued the session.</param>
/// <param name="LocalDevelopment">Whether the session is marked as one of local development.</param>
/// <param name="Client">Where the call came from.</param>
internal sealed record Issuance(
    IssuanceId Id,
    OrganizationId Organization,
    DateTimeOffset IssuedAt,
    UserId User,
    string UserName,
    AppId App,
    string ExecutionRoleArn,
    string AccessKeyId,
    string AssumedRoleArn,
    string AssumedRoleId,
    string SourceIdentity,
    DateTimeOffset Expiration,
    string? StsRequestId,
    string Region,
    string StsRegion,
    bool LocalDevelopment,
    ClientDetails Client
)
{
    /// <summary>How much of a name is kept, in UTF-16 units: as much as the session's tag has.</summary>
    public const int MaximumUserName = 256;
}

/// <summary>Which entries of an organization are meant.</summary>
/// <param name="Organization">The tenant.</param>
/// <param name="User">Only this person's; null: everybody's.</param>
/// <param name="App">Only this app's; null: all.</param>
/// <param name="From">From then on, inclusive; null: from the first one on.</param>
/// <param name="To">Until then, exclusive; null: to the last one.</param>
internal sealed record IssuanceFilter(
    OrganizationId Organization,
    UserId? User = null,
    AppId? App = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null
);
