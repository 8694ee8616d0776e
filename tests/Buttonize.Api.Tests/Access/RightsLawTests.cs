using Buttonize.Api.Access;
using Buttonize.Api.Organizations;
using CsCheck;

namespace Buttonize.Api.Tests.Access;

/// <summary>The laws of rights: how they add up, and what covers what, whatever they are.</summary>
public sealed class RightsLawTests
{
    /// <summary>Tags that are easily taken for one another.</summary>
    private static readonly string[] Tags = ["a", "A", "á", "b", "a b", "**", "ab"];

    private static readonly Gen<string[]> SomeTags = Gen.Int[0, (1 << Tags.Length) - 1]
        .Select(bits => Tags.Where((_, i) => (bits >> i & 1) == 1).ToArray());

    private static readonly Gen<Permission> SomePermissions = Gen.Int[0, (int)Permission.All]
        .Select(bits => (Permission)bits);

    private static readonly Gen<Rights> SomeRights = Gen.Select(
        Gen.Frequency((4, SomeTags), (1, Gen.Const((string[])["*"]))),
        SomePermissions,
        Rights.Of
    );

    private static readonly Gen<Group> SomeGroup = SomeRights.Select(Standings.Group);

    [Fact]
    public void Adding_up_knows_no_order_no_grouping_and_no_repetition() =>
        Gen.Select(SomeRights, SomeRights, SomeRights)
            .Sample(
                (a, b, c) =>
                    Same(a.Plus(b), b.Plus(a))
                    && Same(a.Plus(b).Plus(c), a.Plus(b.Plus(c)))
                    && Same(a.Plus(a), a)
                    && Same(a.Plus(Rights.None), a)
                    && Same(a.Plus(b).Plus(b), a.Plus(b))
            );

    [Fact]
    public void Nothing_is_lacking_for_nothing_for_oneself_and_for_ones_parts() =>
        Gen.Select(SomeRights, SomeRights)
            .Sample(
                (a, b) =>
                    Covers(a, Rights.None)
                    && Covers(a, a)
                    && Covers(a.Plus(b), a)
                    && Covers(a.Plus(b), b)
                    && Covers(Rights.All, a)
            );

    [Fact]
    public void What_covers_a_cover_covers_what_that_covers() =>
        Gen.Select(SomeRights, SomeRights, SomeRights)
            .Sample(
                (a, b, c) =>
                {
                    // Half of the cases are made to be covers, which random ones seldom are.
                    (a, b) = (a.Plus(b), b.Plus(c));
                    return (!(Covers(a, b) && Covers(b, c)) || Covers(a, c))
                        && Covers(a.Plus(b), c);
                }
            );

    [Fact]
    public void Nothing_is_lacking_exactly_where_the_others_could_do_nothing_more() =>
        Gen.Select(SomeRights, SomeRights)
            .Sample(
                (own, others) =>
                    Covers(own, others)
                    == (
                        Permission.All.Single().All(p => own.Has(p) || !others.Has(p))
                        && AppsToTry.All(app => own.MayUse(app) || !others.MayUse(app))
                    )
            );

    [Fact]
    public void What_is_lacking_is_named_each_once_and_nothing_else() =>
        Gen.Select(SomeRights, SomeRights)
            .Sample(
                (own, others) =>
                {
                    List<string> expected =
                    [
                        .. Permission
                            .All.Single()
                            .Where(p => others.Has(p) && !own.Has(p))
                            .Select(p => $"'{p.Wire()}'"),
                    ];
                    if (!own.AllApps && others.AllApps)
                    {
                        expected.Add("all apps");
                    }
                    else if (!own.AllApps)
                    {
                        expected.AddRange(
                            others.AppTags.Where(t => !own.MayUse([t])).Select(t => $"'{t}'")
                        );
                    }

                    var lacking = own.LackingFor(others);
                    return lacking.Count == expected.Count
                        && expected.All(e =>
                            lacking.Count(l => l.Contains(e, StringComparison.Ordinal)) == 1
                        );
                }
            );

    [Fact]
    public void More_rights_never_take_an_app_or_a_permission_away() =>
        Gen.Select(SomeRights, SomeRights, SomeTags, SomePermissions)
            .Sample(
                (a, b, app, permission) =>
                    (!a.MayUse(app) || a.Plus(b).MayUse(app))
                    && (!a.Has(permission) || a.Plus(b).Has(permission))
            );

    [Fact]
    public void Together_rights_give_what_one_of_them_gives_and_nothing_else() =>
        Gen.Select(SomeRights, SomeRights, SomeTags)
            .Sample(
                (a, b, app) =>
                    a.Plus(b).MayUse(app) == (a.MayUse(app) || b.MayUse(app))
                    && Permission.All.Single().All(p => a.Plus(b).Has(p) == (a.Has(p) || b.Has(p)))
            );

    [Fact]
    public void An_app_without_tags_is_only_for_who_may_use_all() =>
        SomeRights.Sample(rights => rights.MayUse([]) == rights.AllApps);

    [Fact]
    public void Rights_are_read_as_they_were_written() =>
        SomeRights.Sample(rights =>
            Same(
                rights,
                Rights.Of(
                    rights.WrittenTags,
                    PermissionNames.Of(rights.Permissions.Single().Select(p => p.Wire()))
                )
            )
        );

    [Fact]
    public void A_members_rights_are_those_of_their_groups_in_whatever_order() =>
        Gen.Select(SomeGroup.Array[0, 6], SomeGroup.Array[0, 4])
            .Sample(
                (own, foreign) =>
                {
                    var member = Standings.Member(own);
                    Group[] there = [.. foreign, .. own.Reverse()];
                    return Same(
                        AccessRules.RightsOf(Standings.Organization, member, there),
                        own.Aggregate(Rights.None, (sum, group) => sum.Plus(group.Gives))
                    );
                }
            );

    [Fact]
    public void One_more_group_never_takes_anything_away() =>
        Gen.Select(SomeGroup.Array[0, 6], SomeGroup)
            .Sample(
                (groups, more) =>
                {
                    var before = Standings.Of(Standings.Member(groups), groups);
                    Group[] all = [.. groups, more];
                    var after = Standings.Of(Standings.Member(all), all);
                    return Covers(after.Rights, before.Rights)
                        && Same(after.Rights, before.Rights.Plus(more.Gives));
                }
            );

    [Fact]
    public void The_owner_has_everything_in_whatever_groups() =>
        SomeGroup
            .Array[0, 6]
            .Sample(groups =>
                Same(
                    Standings.Of(Standings.Member(groups, Standings.Owner), groups).Rights,
                    Rights.All
                )
            );

    [Fact]
    public void Who_is_suspended_has_nothing_in_whatever_groups() =>
        Gen.Select(SomeGroup.Array[0, 6], Gen.Bool)
            .Sample(
                (groups, isOwner) =>
                    Same(
                        Standings
                            .Of(
                                Standings.Member(
                                    groups,
                                    isOwner ? Standings.Owner : null,
                                    suspended: true
                                ),
                                groups
                            )
                            .Rights,
                        Rights.None
                    )
            );

    /// <summary>Apps by which rights can be told apart: none, each tag, and one that no group names.</summary>
    private static IEnumerable<string[]> AppsToTry =>
        [
            [],
            .. Tags.Select(tag => (string[])[tag]),
            ["named by no group"],
        ];

    private static bool Covers(Rights own, Rights others) => own.LackingFor(others).Count == 0;

    /// <summary>What rights give; that all apps are also named by their tags is no difference.</summary>
    private static bool Same(Rights a, Rights b) =>
        a.AllApps == b.AllApps
        && a.Permissions == b.Permissions
        && (a.AllApps || a.AppTags.SetEquals(b.AppTags));
}
