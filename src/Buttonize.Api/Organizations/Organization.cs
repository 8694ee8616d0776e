using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>A tenant.</summary>
/// <param name="Id">The organization's id.</param>
/// <param name="Name">1-100 characters; need not be unique.</param>
/// <param name="OwnerId">The one person who may do everything in it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Suspension">Why the operator lets nobody use it, or null.</param>
/// <param name="GroupVersion">Counts the changes of its groups.</param>
/// <param name="Version">Counts its changes; the ETag.</param>
internal sealed record Organization(
    OrganizationId Id,
    string Name,
    UserId OwnerId,
    DateTimeOffset CreatedAt,
    Suspension? Suspension,
    long GroupVersion,
    long Version
)
{
    /// <summary>Holds while the organization is there and not marked as deleted.</summary>
    public static readonly Expression Exists = new(
        "attribute_exists(#pk) AND attribute_not_exists(#deletedAt)"
    );

    /// <summary>Holds while the organization is there, and neither marked as deleted nor suspended: while its people may change anything.</summary>
    public static readonly Expression IsLive = Exists.And(
        new Expression("attribute_not_exists(#suspension)")
    );
}
