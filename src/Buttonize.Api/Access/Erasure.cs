using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>
/// Erases people: their record with name and e-mail, what leads from their sign-in to it, and their memberships. Who signs in again is
/// somebody new. It is marked first and finished after, by whoever gets to it: until then nothing can be attached to the person.
/// </summary>
internal sealed class Erasure(Table table, TimeProvider time)
{
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
        return await FinishAsync(user, cancellationToken);
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
    /// </summary>
    private async Task<Refusal?> FinishAsync(UserId user, CancellationToken cancellationToken)
    {
        var memberships = await MembershipsAsync(user, cancellationToken);
        if (await HindranceAsync(user, memberships, cancellationToken) is { } hindrance)
        {
            await table.WriteAsync(
                [
                    Write.Update(
                        Key.Person(user),
                        new Expression("REMOVE #erasedAt"),
                        Expression.Exists
                    ),
                    Write.Delete(Key.ErasedPerson(user)),
                ],
                cancellationToken
            );
            return hindrance;
        }

        foreach (var organization in memberships)
        {
            await table.WriteAsync(
                [
                    Write.Delete(Key.Member(organization, user)),
                    Write.Delete(Key.Membership(user, organization)),
                ],
                cancellationToken
            );
        }

        await ForgetAsync(user, cancellationToken);
        return null;
    }

    /// <summary>
    /// Nobody could ever manage an organization whose owner is erased; and whoever is suspended would come back as somebody new, whom no
    /// suspension and no policy against the old user id meets.
    /// </summary>
    private async Task<Refusal?> HindranceAsync(
        UserId user,
        IReadOnlyList<OrganizationId> memberships,
        CancellationToken cancellationToken
    )
    {
        var items = await table.GetManyAsync(
            [
                .. memberships.Select(Key.Organization),
                .. memberships.Select(organization => Key.Member(organization, user)),
            ],
            cancellationToken
        );
        for (var i = 0; i < memberships.Count; i++)
        {
            if (
                OrganizationDirectory.Read(items[i]) is { } organization
                && items[memberships.Count + i] is { } member
            )
            {
                if (organization.OwnerId == user)
                {
                    return new Refusal.OwnsOrganizations();
                }

                if (MemberItems.Read(member).Suspension is { } suspension)
                {
                    return new Refusal.MemberSuspended(suspension.Reason);
                }
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<OrganizationId>> MembershipsAsync(
        UserId user,
        CancellationToken cancellationToken
    )
    {
        var found = new List<OrganizationId>();
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
            found.AddRange(items.Select(i => OrganizationId.Parse(i.String("organizationId"))));
            after = items.Count > 0 ? items[^1].Sort : after;
        } while (more);

        return found;
    }

    private async Task ForgetAsync(UserId user, CancellationToken cancellationToken)
    {
        var person = await table.GetAsync(Key.Person(user), cancellationToken);
        await table.WriteAsync(
            [
                .. person is null
                    ? Array.Empty<Write>()
                    :
                    [
                        Write.Delete(
                            Key.Subject(
                                PersonRecord.HashOf(
                                    person.String("issuer"),
                                    person.String("subject")
                                )
                            ),
                            // Fails where another instance has finished, and the person has signed in as somebody new since.
                            new Expression("#userId = :user", (":user", user.Value))
                        ),
                        Write.Delete(Key.Person(user)),
                    ],
                Write.Delete(Key.ErasedPerson(user)),
            ],
            cancellationToken
        );
    }
}
