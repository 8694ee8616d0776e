using Buttonize.Api.Audit;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>
/// Erases people: their record with name and e-mail, what leads from their sign-in to it, their memberships, and their name in the ledger.
/// Who signs in again is somebody new. It is marked first and finished after, by whoever gets to it: until then nothing can be attached to
/// the person.
/// </summary>
internal sealed class Erasure(Table table, ErasedIssuances issuances, TimeProvider time)
{
    private static readonly Expression IsMarked = new("attribute_exists(#erasedAt)");

    /// <summary>How many memberships are read at once.</summary>
    private const int AtOnce = 100;

    /// <summary>Erases a person who owns no organization and is suspended in none.</summary>
    /// <returns>Why not; null where the person is erased now.</returns>
    /// <exception cref="StorageUnavailableException">What is marked by then is finished in the background.</exception>
    public async Task<Refusal?> EraseAsync(UserId user, CancellationToken cancellationToken)
    {
        // Where the condition fails it is under way, or done, already.
        await table.WriteAsync(
            [
                Write.Update(
                    Key.Person(user),
                    new Expression("SET #erasedAt = :now", (":now", Item.Format(time.GetUtcNow()))),
                    PersonRecord.IsLive
                ),
                Write.Put(new Item(Key.ErasedPerson(user)).Set("userId", user.Value)),
            ],
            cancellationToken
        );
        if (await FinishAsync(user, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        try
        {
            await issuances.BeginAsync(user, cancellationToken);
        }
        catch (StorageUnavailableException)
        {
            // The person is erased; who repeats the call now is somebody new. What is marked is swept.
        }

        return null;
    }

    /// <summary>Finishes what was marked and not finished, however that came.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task FinishAllAsync(CancellationToken cancellationToken)
    {
        var (marked, _) = await table.QueryAsync(
            Key.ErasedPeoplePartition,
            sortPrefix: null,
            afterSort: null,
            AtOnce,
            cancellationToken
        );
        foreach (var mark in marked)
        {
            await FinishAsync(UserId.Parse(mark.String("userId")), cancellationToken);
        }
    }

    /// <summary>
    /// The person's mark keeps out new memberships and ownerships, so what is found here is all there is. Who cannot be erased is unmarked.
    /// Begins anew where a membership changes meanwhile: it may be suspended by then.
    /// </summary>
    private async Task<Refusal?> FinishAsync(UserId user, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            var memberships = await MembershipsAsync(user, cancellationToken);
            if (
                memberships.Select(m => m.Hindrance(user)).FirstOrDefault(h => h is not null) is
                { } hindrance
            )
            {
                await UnmarkAsync(user, cancellationToken);
                return hindrance;
            }

            if (
                await LeaveAsync(user, memberships, cancellationToken)
                && await ForgetAsync(user, cancellationToken)
            )
            {
                return null;
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    private async Task<bool> LeaveAsync(
        UserId user,
        IReadOnlyList<Belonging> memberships,
        CancellationToken cancellationToken
    )
    {
        foreach (var membership in memberships)
        {
            // Whoever goes by erasure voids kept invitations as well: they would let somebody new in with rights that were taken.
            IReadOnlyList<Write> member = membership.Member is { } there
                ?
                [
                    Write.Delete(
                        Key.Member(membership.Id, user),
                        Expression.Version(there.Version)
                    ),
                    .. MemberItems.Departed(membership.Id, there, time.GetUtcNow()),
                ]
                : [];
            var outcome = await table.WriteAsync(
                [
                    // Another finisher may have unmarked the person since, who may be an owner by now.
                    Write.Check(Key.Person(user), IsMarked),
                    .. member,
                    Write.Delete(Key.Membership(user, membership.Id)),
                ],
                cancellationToken
            );
            if (!outcome.Committed)
            {
                return false;
            }
        }

        return true;
    }

    private Task<WriteOutcome> UnmarkAsync(UserId user, CancellationToken cancellationToken) =>
        table.WriteAsync(
            [
                // Fails where another instance has finished, with the person gone; then there is no mark either.
                Write.Update(Key.Person(user), new Expression("REMOVE #erasedAt"), IsMarked),
                Write.Delete(Key.ErasedPerson(user)),
            ],
            cancellationToken
        );

    private async Task<IReadOnlyList<Belonging>> MembershipsAsync(
        UserId user,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Belonging>();
        string? after = null;
        bool more;
        do
        {
            (var items, more) = await table.QueryAsync(
                Key.UserPartition(user),
                Key.MembershipPrefix,
                after,
                AtOnce,
                cancellationToken
            );
            OrganizationId[] ids =
            [
                .. items.Select(i => OrganizationId.Parse(i.String("organizationId"))),
            ];
            var read = await table.GetManyAsync(
                [.. ids.SelectMany(id => new[] { Key.Organization(id), Key.Member(id, user) })],
                cancellationToken
            );
            found.AddRange(
                ids.Zip(
                    read.Chunk(2),
                    (id, pair) =>
                        new Belonging(
                            id,
                            OrganizationDirectory.Read(pair[0]),
                            pair[1] is { } member ? MemberItems.Read(member) : null
                        )
                )
            );
            after = items.Count > 0 ? items[^1].Sort : after;
        } while (more);

        return found;
    }

    private async Task<bool> ForgetAsync(UserId user, CancellationToken cancellationToken)
    {
        var person = await table.GetAsync(Key.Person(user), cancellationToken);
        if (person is null)
        {
            await table.WriteAsync([Write.Delete(Key.ErasedPerson(user))], cancellationToken);
            return true;
        }

        var hash = PersonRecord.HashOf(person.String("issuer"), person.String("subject"));
        var outcome = await table.WriteAsync(
            [
                // Fails where another instance has finished, and the person has signed in as somebody new since.
                Write.Delete(
                    Key.Subject(hash),
                    new Expression("#userId = :user", (":user", user.Value))
                ),
                Write.Delete(Key.Person(user), IsMarked),
                Write.Delete(Key.ErasedPerson(user)),
                issuances.Mark(user),
            ],
            cancellationToken
        );
        return outcome.Committed;
    }

    /// <summary>The person's side of a membership, with what it leads to; either can be gone.</summary>
    private sealed record Belonging(OrganizationId Id, Organization? Organization, Member? Member)
    {
        /// <summary>
        /// Nobody could ever manage an organization whose owner is erased; and whoever is suspended would come back as somebody new, whom
        /// no suspension and no policy against the old user id meets.
        /// </summary>
        public Refusal? Hindrance(UserId user) =>
            Organization is null || Member is null ? null
            : Organization.OwnerId == user ? new Refusal.OwnsOrganizations()
            : Member.Suspension is { } suspension
                ? new Refusal.SuspendedSomewhere(Id, suspension.Reason)
            : null;
    }
}
