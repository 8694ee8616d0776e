using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using Buttonize.Api.Trust;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using GroupId = Buttonize.Api.Id<Buttonize.Api.Organizations.Group>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Access;

/// <summary>What decisions are made from, made in memory as it would have been read.</summary>
internal static class Standings
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Verification Pending = VerificationRules.First(
        new ProofResult(ProofVerdict.Refused, [], []),
        Now
    );

    public static readonly UserId Owner = UserId.New();

    public static readonly Organization Organization = new(
        OrganizationId.New(),
        "Example",
        Owner,
        Now,
        Suspension: null,
        GroupVersion: 1,
        Version: 1
    );

    /// <summary>A custom group, which gives this.</summary>
    public static Group Group(Rights gives) =>
        new(GroupId.New(), "Custom", IsDefault: false, gives, Version: 1);

    /// <summary>A custom group, by how groups are written.</summary>
    public static Group Group(string[] appTags, Permission permissions = Permission.None) =>
        Group(Rights.Of(appTags, permissions));

    /// <summary>A member of the organization.</summary>
    public static Member Member(
        IReadOnlyList<Group> groups,
        UserId? user = null,
        bool suspended = false
    ) =>
        new(
            user ?? UserId.New(),
            [.. groups.Select(g => g.Id)],
            suspended ? new Suspension("Laptop stolen", Now, Owner) : null,
            [],
            AssignedAt: null,
            Version: 1
        );

    /// <summary>A member's standing, where there are just the member's groups.</summary>
    public static Standing Of(Member member, IReadOnlyList<Group> groups) =>
        new(Organization, member, AccessRules.RightsOf(Organization, member, groups));

    /// <summary>An app of the organization, or of another.</summary>
    public static App App(string[] tags, OrganizationId? organization = null) =>
        new(
            AppId.New(),
            organization ?? Organization.Id,
            new AppDefinition(
                "Demo",
                "",
                "production",
                tags,
                RoleArn.Parse("arn:aws:iam::123456789012:role/Demo"),
                "eu-central-1",
                [],
                RestrictSessionToFunctions: false
            ),
            [1],
            Pending,
            PendingReplacement: null,
            HoldsRole: false,
            Suspension: null,
            Now,
            Now,
            Version: 1
        );
}
