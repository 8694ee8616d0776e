using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using FluentValidation;

namespace Buttonize.Api.Organizations;

/// <summary>The body of <c>POST …/groups</c> and <c>PUT …/groups/{groupId}</c>. What is left out is not given.</summary>
internal sealed record GroupRequest(
    string? Name = null,
    IReadOnlyList<string?>? AppTags = null,
    GroupPermissions? Permissions = null
)
{
    /// <summary>The group that is asked for.</summary>
    public GroupDefinition ToDefinition() =>
        new(
            Name!,
            Rights.Of(
                [.. AppTags?.OfType<string>() ?? []],
                Permissions?.ToPermissions() ?? Permission.None
            )
        );
}

/// <summary>A group's permissions on the wire; an absent one is false.</summary>
internal sealed record GroupPermissions(
    bool LiveLocalDevelopment = false,
    bool ManageApiKeys = false,
    bool ManageApps = false,
    bool ManageMembers = false,
    bool ManagePermissions = false
)
{
    /// <summary>The permissions as they go over the wire.</summary>
    public static GroupPermissions Of(Rights rights) =>
        new(
            rights.Has(Permission.LiveLocalDevelopment),
            rights.Has(Permission.ManageApiKeys),
            rights.Has(Permission.ManageApps),
            rights.Has(Permission.ManageMembers),
            rights.Has(Permission.ManagePermissions)
        );

    /// <summary>The permissions that are true.</summary>
    public Permission ToPermissions() =>
        (LiveLocalDevelopment ? Permission.LiveLocalDevelopment : Permission.None)
        | (ManageApiKeys ? Permission.ManageApiKeys : Permission.None)
        | (ManageApps ? Permission.ManageApps : Permission.None)
        | (ManageMembers ? Permission.ManageMembers : Permission.None)
        | (ManagePermissions ? Permission.ManagePermissions : Permission.None);
}

/// <summary>Checks <see cref="GroupRequest"/>.</summary>
internal sealed class GroupRequestValidator : AbstractValidator<GroupRequest>
{
    public GroupRequestValidator()
    {
        RuleFor(r => r.Name).Required("name").Text("name", 100);
        RuleFor(r => r.AppTags)
            .Tags("appTags")
            .Must(tags =>
                tags is null or [Rights.AllTags]
                || !tags.Contains(Rights.AllTags, StringComparer.Ordinal)
            )
            .WithMessage(
                "'appTags' has '*' beside other tags; send [\"*\"] for all apps, or only tags."
            );
        RuleForEach(r => r.AppTags).Required("appTags").Text("appTags", TagRules.Longest);
    }
}

/// <summary>A group on the wire.</summary>
internal sealed record GroupResponse(
    string GroupId,
    string Name,
    bool IsDefault,
    IReadOnlyList<string> AppTags,
    GroupPermissions Permissions
)
{
    /// <summary>The group as it goes over the wire.</summary>
    public static GroupResponse Of(Group group) =>
        new(
            group.Id.Value,
            group.Name,
            group.IsDefault,
            group.Gives.WrittenTags,
            GroupPermissions.Of(group.Gives)
        );
}
