using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Assigns members' groups, suspends and removes members. No write touches the owner but by the owner, also when ownership changes
/// at the same moment.
/// </summary>
internal sealed class Members(
    Table table,
    MemberDirectory directory,
    GroupCache groups,
    GuardedChanges changes,
    TimeProvider time
)
{
    private static readonly Demand Needed = new(Permission.ManageMembers);

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
            member =>
                member with
                {
                    Groups = [.. assigned.Distinct()],
                    AssignedAt = time.GetUtcNow(),
                },
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
    )
    {
        UserId? by = caller.User;
        return ChangeAsync(
            caller,
            user,
            isExpected,
            async (standing, member) =>
            {
                if (AccessRules.DecideToLift(member.Suspension) is { } operators)
                {
                    return operators;
                }

                // A second reason by somebody who could not lift the first must not make it theirs to lift.
                by = await DecideToLiftAsync(standing, member, cancellationToken) is null
                    ? caller.User
                    : member.Suspension!.By;
                return AccessRules.DecideToShutOut(standing.Organization, user);
            },
            member => member with { Suspension = new Suspension(reason, time.GetUtcNow(), by) },
            cancellationToken
        );
    }

    /// <summary>
    /// Lifts a member's suspension; where there is none, nothing changes. Lifting gives the member's rights back, so the caller needs to have
    /// them all, or to have suspended the member.
    /// </summary>
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
            (standing, member) => DecideToLiftAsync(standing, member, cancellationToken),
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
                if (await TargetAsync(standing, user, cancellationToken) is not { } member)
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
                        .. MemberItems.Departed(organization, member, time.GetUtcNow()),
                        Write.Check(Key.Organization(organization), standing.OrganizationStands),
                        .. standing.CallerStandsBeside(user),
                    ],
                    cancellationToken
                );
                return outcome.Committed ? member : (Outcome<Member>?)null;
            },
            cancellationToken
        );

    /// <summary>
    /// The member whom a change is about. The caller themself is taken as the decision read them, never anew: the write then fails where they
    /// were demoted or suspended since, and all is decided anew.
    /// </summary>
    private async Task<Member?> TargetAsync(
        Standing standing,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        user == standing.User
            ? standing.Member
            : await directory.FindAsync(standing.Organization.Id, user, cancellationToken);

    private async Task<Refusal?> DecideToLiftAsync(
        Standing standing,
        Member member,
        CancellationToken cancellationToken
    )
    {
        if (member.Suspension is null || member.Suspension.By == standing.User)
        {
            return null;
        }

        if (AccessRules.DecideToLift(member.Suspension) is { } operators)
        {
            return operators;
        }

        var memberOf = await groups.GetAsync(
            standing.Organization,
            member.Groups,
            cancellationToken
        );
        return AccessRules.DecideToGive(standing, GroupGrants.SumOf(memberOf));
    }

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
                if (await TargetAsync(standing, user, cancellationToken) is not { } member)
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
                            MemberItems.Replace(organization.Id, member, after),
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

                return
                    await directory.NameAsync(organization, after, cancellationToken) is { } named
                    ? named
                    : new Refusal.NotFound();
            },
            cancellationToken
        );
}
