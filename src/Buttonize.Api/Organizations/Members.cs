using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Lists members, assigns their groups, suspends and removes them. No write touches the owner but by the owner, also when ownership changes
/// at the same moment.
/// </summary>
internal sealed class Members(
    Table table,
    Pages pages,
    GroupCache groups,
    GuardedChanges changes,
    TimeProvider time
)
{
    private static readonly Demand Needed = new(Permission.ManageMembers);

    /// <summary>A page of the organization's members; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Page<NamedMember>?> ListAsync(
        Organization organization,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        await pages.ReadAsync(
            Key.OrganizationPartition(organization.Id),
            Key.MemberPrefix,
            request,
            Read,
            cancellationToken
        )
            is { } page
            ? new Page<NamedMember>(
                await NameAsync(organization, page.Items, cancellationToken),
                page.NextCursor
            )
            : null;

    /// <summary>One member, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<NamedMember?> FindAsync(
        Organization organization,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(organization.Id, user, cancellationToken) is { } member
            ? (await NameAsync(organization, [member], cancellationToken))[0]
            : null;

    /// <summary>Puts a member into exactly these groups. Those that are new to the member may give nothing that the caller lacks.</summary>
    /// <param name="caller">Whoever does it.</param>
    /// <param name="user">The member.</param>
    /// <param name="assigned">The groups.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<NamedMember>> AssignAsync(
        Standing caller,
        UserId user,
        IReadOnlyList<GroupId> assigned,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            caller,
            user,
            isExpected,
            async (standing, member) =>
                AccessRules.DecideOn(standing, user)
                ?? await GroupGrants.DecideAsync(
                    groups,
                    standing,
                    assigned,
                    alreadyGiven: member.Groups,
                    cancellationToken
                ),
            member => member with { Groups = [.. assigned.Distinct()] },
            cancellationToken
        );

    /// <summary>
    /// The member may do nothing in the organization, from the next call on. A new reason takes the place of an older one. Nobody may suspend
    /// the owner, who could not undo it.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<NamedMember>> SuspendAsync(
        Standing caller,
        UserId user,
        string reason,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            caller,
            user,
            isExpected,
            (standing, _) =>
                Task.FromResult(AccessRules.DecideToShutOut(standing.Organization, user)),
            member =>
                member with
                {
                    Suspension = new Suspension(reason, time.GetUtcNow(), caller.User),
                },
            cancellationToken
        );

    /// <summary>Lifts a member's suspension; where there is none, nothing changes.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<NamedMember>> LiftAsync(
        Standing caller,
        UserId user,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            caller,
            user,
            isExpected,
            (_, _) => Task.FromResult<Refusal?>(null),
            member => member.Suspension is null ? member : member with { Suspension = null },
            cancellationToken
        );

    /// <summary>
    /// Removes a member, who may do nothing from the next call on; or lets the caller leave. The owner has to make somebody else the owner first.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Member>> RemoveAsync(
        Standing caller,
        UserId user,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync<Member>(
            caller,
            user == caller.User ? new Demand() : Needed,
            async standing =>
            {
                var organization = standing.Organization.Id;
                if (await FindAsync(organization, user, cancellationToken) is not { } member)
                {
                    return new Refusal.NotFound();
                }

                if (!isExpected(member.Version))
                {
                    return new Refusal.Stale();
                }

                if (AccessRules.DecideToShutOut(standing.Organization, user) is { } refusal)
                {
                    return refusal;
                }

                var outcome = await table.WriteAsync(
                    [
                        Write.Delete(
                            Key.Member(organization, user),
                            Expression.Version(member.Version)
                        ),
                        Write.Delete(Key.Membership(user, organization)),
                        Write.Check(Key.Organization(organization), standing.OrganizationStands),
                        .. standing.CallerStandsBeside(user),
                    ],
                    cancellationToken
                );
                return outcome.Committed ? member : (Outcome<Member>?)null;
            },
            cancellationToken
        );

    /// <summary>The writes of a new member: the membership, and the person's side of it.</summary>
    public static IReadOnlyList<Write> Add(
        OrganizationId organization,
        UserId user,
        IReadOnlyList<GroupId> memberOf,
        DateTimeOffset now
    ) =>
        [
            Write.Put(
                new Item(Key.Member(organization, user))
                    .Set("userId", user.Value)
                    .Set("groups", memberOf.Select(g => g.Value))
                    .Set("joinedAt", now)
                    .Set("version", 1),
                Expression.NotExists
            ),
            Write.Put(
                new Item(Key.Membership(user, organization)).Set(
                    "organizationId",
                    organization.Value
                )
            ),
        ];

    /// <summary>The write that changes a member, if nobody has since it was read.</summary>
    public static Write Replace(OrganizationId organization, Member before, Member after) =>
        Write.Update(
            Key.Member(organization, before.Id),
            after.Suspension is { } suspension
                ? new Expression(
                    "SET #groups = :groups, #suspension = :suspension ADD #version :one",
                    (":groups", after.Groups.Select(g => g.Value)),
                    (":suspension", AppItems.Write(suspension)),
                    (":one", 1L)
                )
                : new Expression(
                    "SET #groups = :groups REMOVE #suspension ADD #version :one",
                    (":groups", after.Groups.Select(g => g.Value)),
                    (":one", 1L)
                ),
            Expression.Version(before.Version)
        );

    /// <summary>The member of an item.</summary>
    public static Member Read(Item item) =>
        new(
            UserId.Parse(item.String("userId")),
            [.. item.Strings("groups").Select(GroupId.Parse)],
            AppItems.ReadSuspension(item),
            item.Number("version")
        );

    private async Task<Member?> FindAsync(
        OrganizationId organization,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        await table.GetAsync(Key.Member(organization, user), cancellationToken) is { } item
            ? Read(item)
            : null;

    private Task<Outcome<NamedMember>> ChangeAsync(
        Standing caller,
        UserId user,
        Func<long, bool> isExpected,
        Func<Standing, Member, Task<Refusal?>> decide,
        Func<Member, Member> change,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync<NamedMember>(
            caller,
            Needed,
            async standing =>
            {
                var organization = standing.Organization;
                if (await FindAsync(organization.Id, user, cancellationToken) is not { } member)
                {
                    return new Refusal.NotFound();
                }

                if (!isExpected(member.Version))
                {
                    return new Refusal.Stale();
                }

                if (await decide(standing, member) is { } refusal)
                {
                    return refusal;
                }

                var after = change(member);
                if (after != member)
                {
                    var outcome = await table.WriteAsync(
                        [
                            Replace(organization.Id, member, after),
                            Write.Check(
                                Key.Organization(organization.Id),
                                standing.OrganizationStands
                            ),
                            .. standing.CallerStandsBeside(user),
                        ],
                        cancellationToken
                    );
                    if (!outcome.Committed)
                    {
                        return null;
                    }

                    after = after with { Version = member.Version + 1 };
                }

                return (await NameAsync(organization, [after], cancellationToken))[0];
            },
            cancellationToken
        );

    /// <summary>Adds the people's names, and leaves out groups that are gone.</summary>
    private async Task<IReadOnlyList<NamedMember>> NameAsync(
        Organization organization,
        IReadOnlyList<Member> members,
        CancellationToken cancellationToken
    )
    {
        var people = await table.GetManyAsync(
            [.. members.Select(m => Key.Person(m.Id))],
            cancellationToken
        );
        var there = await groups.GetAsync(
            organization,
            [.. members.SelectMany(m => m.Groups)],
            cancellationToken
        );
        var ids = there.Select(g => g.Id).ToHashSet();
        return
        [
            .. members
                .Zip(people)
                .Select(pair => new NamedMember(
                    pair.First with
                    {
                        Groups = [.. pair.First.Groups.Where(ids.Contains)],
                    },
                    pair.Second?.String("userName")
                        ?? throw new InvalidDataException("A member has no record as a person."),
                    pair.Second.OptionalString("email")
                )),
        ];
    }
}
