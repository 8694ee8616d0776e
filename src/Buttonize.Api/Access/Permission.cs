using System.Text.Json;

namespace Buttonize.Api.Access;

/// <summary>What members may do beside using apps. Groups give permissions, and those of several groups add up.</summary>
[Flags]
internal enum Permission
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Sessions that are marked as local development.</summary>
    LiveLocalDevelopment = 1,

    /// <summary>Making, listing and deleting API keys.</summary>
    ManageApiKeys = 2,

    /// <summary>Suspending apps.</summary>
    ManageApps = 4,

    /// <summary>Inviting, removing and suspending members, and assigning groups.</summary>
    ManageMembers = 8,

    /// <summary>Making, changing and deleting custom groups.</summary>
    ManagePermissions = 16,

    /// <summary>Everything.</summary>
    All = LiveLocalDevelopment | ManageApiKeys | ManageApps | ManageMembers | ManagePermissions,
}

/// <summary>Permissions by name.</summary>
internal static class PermissionNames
{
    /// <summary>The single permissions that are in <paramref name="permissions"/>.</summary>
    public static IEnumerable<Permission> Single(this Permission permissions) =>
        Enum.GetValues<Permission>().Where(p => int.IsPow2((int)p) && (permissions & p) == p);

    /// <summary>A single permission's name on the wire and in storage.</summary>
    public static string Wire(this Permission permission) =>
        JsonNamingPolicy.CamelCase.ConvertName(permission.ToString());

    /// <summary>The permissions of these names; names that are not known give nothing.</summary>
    public static Permission Of(IEnumerable<string> names)
    {
        var known = Permission.All.Single().ToDictionary(p => p.Wire(), StringComparer.Ordinal);
        return names.Aggregate(Permission.None, (sum, name) => sum | known.GetValueOrDefault(name));
    }
}
