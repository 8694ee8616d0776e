using Buttonize.Api.Access;

namespace Buttonize.Api.Organizations;

/// <summary>A group of members, and what it gives them.</summary>
/// <param name="Id">The group's id.</param>
/// <param name="Name">1-100 characters, unique in the organization whatever the letter case.</param>
/// <param name="IsDefault">Whether it is one of the three that every organization has, which nobody can change.</param>
/// <param name="Gives">The rights of its members.</param>
/// <param name="Version">Counts its changes; the ETag.</param>
internal sealed record Group(GroupId Id, string Name, bool IsDefault, Rights Gives, long Version)
{
    /// <summary>The groups that an organization begins with: Admins may do everything, Developers develop, Users only use apps.</summary>
    public static IReadOnlyList<Group> Defaults() =>
        [
            Default("Admins", Permission.All),
            Default("Developers", Permission.LiveLocalDevelopment | Permission.ManageApiKeys),
            Default("Users", Permission.None),
        ];

    private static Group Default(string name, Permission permissions) =>
        new(
            GroupId.New(),
            name,
            IsDefault: true,
            Rights.Of([Rights.AllTags], permissions),
            Version: 1
        );
}
