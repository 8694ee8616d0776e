using System.Globalization;
using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Access;

/// <summary>The decision who may do what, in full: everybody × every demand.</summary>
public sealed class AccessRulesTests
{
    /// <summary>
    /// What everybody may do: <c>+</c> granted; <c>-</c> lacks the permission; <c>o</c> only the owner may; <c>n</c> no such thing;
    /// <c>s</c> suspended. The apps' columns are by the apps' tags.
    /// </summary>
    private const string Table = """
        .                          member live keys apps members permissions self other owner | red red+blue Red untagged foreign missing
        outsider                     n     n    n    n     n         n        n     n     n   |  n     n      n     n        n       n
        suspended in no group        s     s    s    s     s         s        s     s     s   |  s     s      s     s        s       s
        suspended user               s     s    s    s     s         s        s     s     s   |  s     s      s     s        s       s
        suspended developer          s     s    s    s     s         s        s     s     s   |  s     s      s     s        s       s
        suspended admin              s     s    s    s     s         s        s     s     s   |  s     s      s     s        s       s
        suspended owner              s     s    s    s     s         s        s     s     s   |  s     s      s     s        s       s
        in no group                  +     -    -    -     -         -        +     -     o   |  n     n      n     n        n       n
        in a deleted group           +     -    -    -     -         -        +     -     o   |  n     n      n     n        n       n
        user                         +     -    -    -     -         -        +     -     o   |  +     +      +     +        n       n
        developer                    +     +    +    -     -         -        +     -     o   |  +     +      +     +        n       n
        admin                        +     +    +    +     +         +        +     +     o   |  +     +      +     +        n       n
        by nothing                   +     -    -    -     -         -        +     -     o   |  n     n      n     n        n       n
        by all apps                  +     -    -    -     -         -        +     -     o   |  +     +      +     +        n       n
        by red                       +     -    -    -     -         -        +     -     o   |  +     +      n     n        n       n
        by green                     +     -    -    -     -         -        +     -     o   |  n     n      n     n        n       n
        by blue and green            +     -    -    -     -         -        +     -     o   |  n     +      n     n        n       n
        by red, and by blue          +     -    -    -     -         -        +     -     o   |  +     +      n     n        n       n
        by red, and by all apps      +     -    -    -     -         -        +     -     o   |  +     +      +     +        n       n
        by live                      +     +    -    -     -         -        +     -     o   |  n     n      n     n        n       n
        by keys                      +     -    +    -     -         -        +     -     o   |  n     n      n     n        n       n
        by apps                      +     -    -    +     -         -        +     -     o   |  n     n      n     n        n       n
        by members                   +     -    -    -     +         -        +     +     o   |  n     n      n     n        n       n
        by permissions               +     -    -    -     -         +        +     -     o   |  n     n      n     n        n       n
        by all permissions           +     +    +    +     +         +        +     +     o   |  n     n      n     n        n       n
        by red, and by members       +     -    -    -     +         -        +     +     o   |  +     +      n     n        n       n
        user, by members             +     -    -    -     +         -        +     +     o   |  +     +      +     +        n       n
        user and developer           +     +    +    -     -         -        +     -     o   |  +     +      +     +        n       n
        owner                        +     +    +    +     +         +        +     +     +   |  +     +      +     +        n       n
        owner who is a user          +     +    +    +     +         +        +     +     +   |  +     +      +     +        n       n
        owner by red                 +     +    +    +     +         +        +     +     +   |  +     +      +     +        n       n
        """;

    private static readonly Dictionary<string, Demand> Demands = new(StringComparer.Ordinal)
    {
        ["member"] = new(),
        ["live"] = new(Permission.LiveLocalDevelopment),
        ["keys"] = new(Permission.ManageApiKeys),
        ["apps"] = new(Permission.ManageApps),
        ["members"] = new(Permission.ManageMembers),
        ["permissions"] = new(Permission.ManagePermissions),
        ["self"] = new(UnlessSelf: Permission.ManageMembers),
        ["other"] = new(UnlessSelf: Permission.ManageMembers),
        ["owner"] = new(Owner: true),
    };

    private static readonly Dictionary<string, App?> Apps = new(StringComparer.Ordinal)
    {
        ["red"] = Standings.App(["red"]),
        ["red+blue"] = Standings.App(["red", "blue"]),
        ["Red"] = Standings.App(["Red"]),
        ["untagged"] = Standings.App([]),
        ["foreign"] = Standings.App(["red", "blue", "green"], OrganizationId.New()),
        ["missing"] = null,
    };

    private static readonly Dictionary<string, Standing?> Everybody = MakeEverybody();

    private static readonly Permission[] AllSets =
    [
        .. Enumerable.Range(0, (int)Permission.All + 1).Select(i => (Permission)i),
    ];

    private static readonly Demand[] AllDemands =
    [
        .. from permission in AllSets
        from unlessSelf in AllSets
        from owner in (bool[])[false, true]
        from app in (bool[])[false, true]
        select new Demand(permission, unlessSelf, owner, app),
    ];

    public static TheoryData<string> Names() => [.. Rows().Select(row => row.Name)];

    [Fact]
    public void The_table_is_about_everybody_and_every_demand()
    {
        Names().Select(row => row.Data).Should().BeEquivalentTo(Everybody.Keys);
        Header().Should().Equal([.. Demands.Keys, .. Apps.Keys]);
        PermissionNames
            .Single(Permission.All)
            .Should()
            .BeSubsetOf(Demands.Values.Select(d => d.Permission));
        Everybody
            .Values.Where(s => s is not null)
            .SelectMany(s => s!.Member.Groups)
            .Distinct()
            .Should()
            .HaveCountGreaterThan(Group.Defaults().Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Everybody_may_do_what_the_table_says(string name)
    {
        var (_, cells) = Rows().Single(row => row.Name == name);
        foreach (var (column, expected) in Header().Zip(cells))
        {
            var refusal = Demands.TryGetValue(column, out var demand)
                ? AccessRules.Decide(demand, Everybody[name], isAboutCaller: column == "self")
                : AccessRules.Decide(new Demand(App: true), Everybody[name], app: Apps[column]);

            Sign(refusal).Should().Be(expected, column);
            if (refusal is Refusal.Lacks lacks)
            {
                lacks.Permissions.Should().Be(demand!.Permission | demand.UnlessSelf, column);
            }
        }
    }

    [Fact]
    public void What_is_lacking_is_named_whatever_is_needed_and_whatever_there_is()
    {
        foreach (var held in AllSets)
        {
            var group = Standings.Group([], held);
            var standing = Standings.Of(Standings.Member([group]), [group]);
            foreach (var needed in AllSets)
            {
                foreach (var demand in (Demand[])[new(needed), new(UnlessSelf: needed)])
                {
                    var refusal = AccessRules.Decide(demand, standing);

                    if ((needed & held) == needed)
                    {
                        refusal.Should().BeNull();
                    }
                    else
                    {
                        refusal.Should().Be(new Refusal.Lacks(needed & ~held));
                    }
                }

                AccessRules
                    .Decide(new Demand(UnlessSelf: needed), standing, isAboutCaller: true)
                    .Should()
                    .BeNull();
            }
        }
    }

    [Fact]
    public void Demands_together_refuse_what_one_of_them_refuses_and_nothing_else()
    {
        // Every pair of them would be millions.
        var random = new Random(1);
        var others = Enumerable
            .Range(0, 60)
            .Select(_ => random.GetItems(AllDemands, 1)[0])
            .ToList();
        foreach (var standing in Everybody.Values)
        {
            foreach (var isAboutCaller in (bool[])[false, true])
            {
                foreach (var app in (App?[])[Apps["red"], null])
                {
                    bool Grants(Demand demand) =>
                        AccessRules.Decide(demand, standing, isAboutCaller, app) is null;

                    foreach (var demand in AllDemands.Where((_, i) => i % 31 == 0))
                    {
                        foreach (var other in others)
                        {
                            Grants(demand.And(other))
                                .Should()
                                .Be(Grants(demand) && Grants(other), $"{demand} {other}");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Who_is_no_member_learns_nothing_and_who_may_not_use_an_app_nothing_of_it()
    {
        var everything = new Demand(Permission.All, Permission.All, Owner: true, App: true);
        foreach (var (name, standing) in Everybody)
        {
            foreach (var (tags, app) in Apps)
            {
                var sign = Sign(AccessRules.Decide(everything, standing, app: app));

                sign.Should()
                    .Be(
                        standing is null ? "n"
                            : standing.Member.Suspension is not null ? "s"
                            : app is null || !AccessRules.MayUse(standing, app) ? "n"
                            : standing.IsOwner ? "+"
                            : "o",
                        $"{name} {tags}"
                    );
            }
        }
    }

    [Fact]
    public void Only_the_owner_touches_the_owner_and_nobody_shuts_them_out()
    {
        foreach (var (name, standing) in Everybody.Where(e => e.Value is not null))
        {
            var onOwner = AccessRules.DecideOn(standing!, Standings.Owner);
            var onOther = AccessRules.DecideOn(standing!, Standings.Member([]).Id);

            onOther.Should().BeNull(name);
            if (standing!.User == Standings.Owner)
            {
                onOwner.Should().BeNull(name);
            }
            else
            {
                onOwner.Should().Be(new Refusal.OwnerUntouchable(), name);
            }

            AccessRules
                .DecideToShutOut(Standings.Organization, standing.User)
                .Should()
                .Be(standing.User == Standings.Owner ? new Refusal.OwnerUntouchable() : null, name);
        }
    }

    [Fact]
    public void Nobody_gives_what_they_lack_and_everybody_gives_what_they_have()
    {
        foreach (var (giverName, giver) in Everybody.Where(e => e.Value is not null))
        {
            foreach (var (takerName, taker) in Everybody.Where(e => e.Value is not null))
            {
                var refusal = AccessRules.DecideToGive(giver!, taker!.Rights);

                var mayGive =
                    giver!.Rights.Has(taker.Rights.Permissions)
                    && (
                        giver.Rights.AllApps
                        || (
                            !taker.Rights.AllApps
                            && taker.Rights.AppTags.All(giver.Rights.AppTags.Contains)
                        )
                    );
                (refusal is null).Should().Be(mayGive, $"{giverName} to {takerName}");
                if (refusal is not null)
                {
                    refusal
                        .Should()
                        .BeOfType<Refusal.BeyondOwnRights>()
                        .Which.Lacking.Should()
                        .NotBeEmpty();
                }
            }
        }
    }

    private static Dictionary<string, Standing?> MakeEverybody()
    {
        var defaults = Group.Defaults().ToDictionary(g => g.Name);
        var (admins, developers, users) = (
            defaults["Admins"],
            defaults["Developers"],
            defaults["Users"]
        );
        var red = Standings.Group(["red"]);
        var manage = Standings.Group([], Permission.ManageMembers);
        var everybody = new Dictionary<string, Standing?>(StringComparer.Ordinal)
        {
            ["outsider"] = null,
            ["suspended in no group"] = Suspended(),
            ["suspended user"] = Suspended(users),
            ["suspended developer"] = Suspended(developers),
            ["suspended admin"] = Suspended(admins),
            ["suspended owner"] = Standings.Of(
                Standings.Member([admins], Standings.Owner, suspended: true),
                [admins]
            ),
            ["in no group"] = In(),
            ["in a deleted group"] = Standings.Of(Standings.Member([admins]), []),
            ["user"] = In(users),
            ["developer"] = In(developers),
            ["admin"] = In(admins),
            ["by nothing"] = In(Standings.Group([])),
            ["by all apps"] = In(Standings.Group(["*"])),
            ["by red"] = In(red),
            ["by green"] = In(Standings.Group(["green"])),
            ["by blue and green"] = In(Standings.Group(["blue", "green"])),
            ["by red, and by blue"] = In(red, Standings.Group(["blue"])),
            ["by red, and by all apps"] = In(red, Standings.Group(["*"])),
            ["by all permissions"] = In(Standings.Group([], Permission.All)),
            ["by red, and by members"] = In(red, manage),
            ["user, by members"] = In(users, manage),
            ["user and developer"] = In(users, developers),
            ["owner"] = Owner(),
            ["owner who is a user"] = Owner(users),
            ["owner by red"] = Owner(red),
        };
        foreach (var (name, demand) in Demands.Where(d => d.Value.Permission != Permission.None))
        {
            everybody[$"by {name}"] = In(Standings.Group([], demand.Permission));
        }

        return everybody;

        static Standing In(params Group[] groups) => Standings.Of(Standings.Member(groups), groups);

        static Standing Suspended(params Group[] groups) =>
            Standings.Of(Standings.Member(groups, suspended: true), groups);

        static Standing Owner(params Group[] groups) =>
            Standings.Of(Standings.Member(groups, Standings.Owner), groups);
    }

    private static string Sign(Refusal? refusal) =>
        refusal switch
        {
            null => "+",
            Refusal.NotFound => "n",
            Refusal.MemberSuspended { Reason: "Laptop stolen" } => "s",
            Refusal.OwnerOnly => "o",
            Refusal.Lacks => "-",
            _ => refusal.ToString(),
        };

    private static string[] Header() => Cells(Table.Split('\n')[0][1..]);

    private static IEnumerable<(string Name, string[] Cells)> Rows()
    {
        const int Names = 27;
        return Table
            .Split('\n')
            .Skip(1)
            .Select(line => (line[..Names].Trim(), Cells(line[Names..])))
            .Select(row =>
                row.Item2.Length == Header().Length
                    ? row
                    : throw new FormatException(
                        string.Create(CultureInfo.InvariantCulture, $"{row.Item1} is not whole.")
                    )
            );
    }

    private static string[] Cells(string line) =>
        line.Split(
            [' ', '|', '\r'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
}
