using Buttonize.Api.Apps;

namespace Buttonize.Api.Access;

/// <summary>
/// Who may do what: pure decisions over what <see cref="AccessReader"/> read, in this one place. Until there are groups, the
/// organization's owner may do everything, and nobody else anything.
/// </summary>
internal static class AccessRules
{
    /// <summary>Whether the person may use the app: see it, and get sessions of its role.</summary>
    public static bool MayUse(OrganizationAccess access, App app) =>
        app.Organization == access.Organization.Id && IsOwner(access);

    /// <summary>Whether the person may make, list and delete the organization's API keys.</summary>
    public static bool MayManageApiKeys(OrganizationAccess access) => IsOwner(access);

    /// <summary>Whether the person may suspend the organization's apps, and lift that.</summary>
    public static bool MayManageApps(OrganizationAccess access) => IsOwner(access);

    /// <summary>Whether the person may suspend the organization's members, and lift that.</summary>
    public static bool MayManageMembers(OrganizationAccess access) => IsOwner(access);

    /// <summary>Whether anybody may suspend this member: nobody may the owner, who could not undo it.</summary>
    public static bool MayBeSuspended(OrganizationAccess access, UserId member) =>
        member != access.Organization.OwnerId;

    private static bool IsOwner(OrganizationAccess access) =>
        access.Organization.OwnerId == access.User;
}
