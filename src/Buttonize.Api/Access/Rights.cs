using System.Collections.Immutable;

namespace Buttonize.Api.Access;

/// <summary>What a member may do: which apps they may use, and their permissions. Rights add up, and never take anything away.</summary>
/// <param name="AllApps">Every app, also those without a tag.</param>
/// <param name="AppTags">Apps that have one of these tags; case counts.</param>
/// <param name="Permissions">What else.</param>
internal sealed record Rights(
    bool AllApps,
    ImmutableSortedSet<string> AppTags,
    Permission Permissions
)
{
    /// <summary>The tag that stands for all apps.</summary>
    public const string AllTags = "*";

    private static readonly ImmutableSortedSet<string> NoTags = ImmutableSortedSet.Create<string>(
        StringComparer.Ordinal
    );

    /// <summary>Nothing: a member in no group.</summary>
    public static readonly Rights None = new(AllApps: false, NoTags, Permission.None);

    /// <summary>Everything: the owner, in whatever groups.</summary>
    public static readonly Rights All = new(AllApps: true, NoTags, Permission.All);

    /// <summary>Rights from how groups are written: <c>["*"]</c>, or tags.</summary>
    public static Rights Of(IReadOnlyList<string> appTags, Permission permissions) =>
        appTags is [AllTags]
            ? new Rights(AllApps: true, NoTags, permissions)
            : new Rights(AllApps: false, NoTags.Union(appTags), permissions);

    /// <summary>The tags as they are written.</summary>
    public IReadOnlyList<string> WrittenTags => AllApps ? [AllTags] : [.. AppTags];

    /// <summary>These and others together.</summary>
    public Rights Plus(Rights other) =>
        new(
            AllApps || other.AllApps,
            AppTags.Union(other.AppTags),
            Permissions | other.Permissions
        );

    /// <summary>Whether these have the permission.</summary>
    public bool Has(Permission permission) => (Permissions & permission) == permission;

    /// <summary>Whether an app with these tags may be used.</summary>
    public bool MayUse(IEnumerable<string> tagsOfApp) => AllApps || tagsOfApp.Any(AppTags.Contains);

    /// <summary>What others would give beyond these, in words; empty where these cover them.</summary>
    public IReadOnlyList<string> LackingFor(Rights others) =>
        [
            .. (others.Permissions & ~Permissions)
                .Single()
                .Select(p => $"the permission '{p.Wire()}'"),
            .. AllApps ? []
            : others.AllApps ? ["all apps"]
            : others.AppTags.Except(AppTags).Select(tag => $"the apps with the tag '{tag}'"),
        ];
}
