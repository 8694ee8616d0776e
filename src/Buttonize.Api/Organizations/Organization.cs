namespace Buttonize.Api.Organizations;

/// <summary>A tenant.</summary>
/// <param name="Id">The organization's id.</param>
/// <param name="Name">1-100 characters; need not be unique.</param>
/// <param name="OwnerId">The one person who may do everything in it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Version">Counts its changes; the ETag.</param>
internal sealed record Organization(
    OrganizationId Id,
    string Name,
    UserId OwnerId,
    DateTimeOffset CreatedAt,
    long Version
);
