using Buttonize.Api.Access;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>What only the owner does with an organization: renaming it, giving it to another member, deleting it.</summary>
internal sealed class OrganizationChanges(Table table, GuardedChanges changes, TimeProvider time)
{
    private static readonly Demand Needed = new(Owner: true);

    /// <summary>Renames the organization.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Organization>> RenameAsync(
        Standing caller,
        string name,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync(
            caller,
            Needed,
            standing =>
                SaveAsync(
                    standing,
                    isExpected,
                    new Expression("SET #name = :name", (":name", name)),
                    standing.Organization with
                    {
                        Name = name,
                    },
                    standing.CallerStands,
                    cancellationToken
                ),
            cancellationToken
        );

    /// <summary>
    /// Makes another member the owner. There is always exactly one: it is one attribute of the organization. Who was the owner stays a
    /// member, with what their groups give.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Organization>> TransferAsync(
        Standing caller,
        UserId newOwner,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync(
            caller,
            Needed,
            async standing =>
            {
                if (!isExpected(standing.Organization.Version))
                {
                    return new Refusal.Stale();
                }

                if (newOwner == standing.User)
                {
                    return standing.Organization;
                }

                var item = await table.GetAsync(
                    Key.Member(standing.Organization.Id, newOwner),
                    cancellationToken
                );
                if (item is null)
                {
                    return new Refusal.Invalid(
                        "userId",
                        "'userId' is no member of this organization; invite them first."
                    );
                }

                var member = MemberItems.Read(item);
                if (member.Suspension is not null)
                {
                    return new Refusal.Invalid(
                        "userId",
                        "'userId' is a suspended member; lift the suspension first."
                    );
                }

                return await SaveAsync(
                    standing,
                    isExpected,
                    new Expression("SET #ownerId = :newOwner", (":newOwner", newOwner.Value)),
                    standing.Organization with
                    {
                        OwnerId = newOwner,
                    },
                    [
                        .. standing.CallerStands,
                        Write.Check(
                            Key.Member(standing.Organization.Id, newOwner),
                            Expression.Version(member.Version)
                        ),
                        Write.Check(Key.Person(newOwner), PersonRecord.IsLive),
                    ],
                    cancellationToken
                );
            },
            cancellationToken
        );

    /// <summary>
    /// Deletes an organization without apps. It is gone at the next call; what belongs to it is swept away after (see
    /// <see cref="DeletedOrganizations"/>).
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Organization>> DeleteAsync(
        Standing caller,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync<Organization>(
            caller,
            Needed,
            async standing =>
            {
                var organization = standing.Organization;
                if (!isExpected(organization.Version))
                {
                    return new Refusal.Stale();
                }

                var (apps, _) = await table.QueryAsync(
                    Key.OrganizationPartition(organization.Id),
                    Key.AppPrefix,
                    afterSort: null,
                    limit: 1,
                    cancellationToken
                );
                if (apps.Count > 0)
                {
                    return new Refusal.NotEmpty();
                }

                // The count keeps out an app that is registered at this moment: it is written together with each.
                var outcome = await table.WriteAsync(
                    [
                        Write.Update(
                            Key.Organization(organization.Id),
                            new Expression(
                                "SET #deletedAt = :now",
                                (":now", Item.Format(time.GetUtcNow()))
                            ),
                            standing
                                .OrganizationStands.And(Expression.Version(organization.Version))
                                .And(new Expression("#apps <= :zero", (":zero", 0L)))
                        ),
                        Write.Put(
                            new Item(Key.DeletedOrganization(organization.Id)).Set(
                                "organizationId",
                                organization.Id.Value
                            )
                        ),
                        .. standing.CallerStands,
                    ],
                    cancellationToken
                );
                return outcome.Committed ? organization : (Outcome<Organization>?)null;
            },
            cancellationToken
        );

    /// <summary>One try; null where it was overtaken by another change.</summary>
    private async Task<Outcome<Organization>?> SaveAsync(
        Standing standing,
        Func<long, bool> isExpected,
        Expression change,
        Organization after,
        IReadOnlyList<Write> also,
        CancellationToken cancellationToken
    )
    {
        if (!isExpected(standing.Organization.Version))
        {
            return new Refusal.Stale();
        }

        var outcome = await table.WriteAsync(
            [
                Write.Update(
                    Key.Organization(after.Id),
                    new Expression(
                        $"{change.Text} ADD #version :one",
                        [.. change.Values, (":one", 1L)]
                    ),
                    standing.OrganizationStands.And(
                        Expression.Version(standing.Organization.Version)
                    )
                ),
                .. also,
            ],
            cancellationToken
        );
        return outcome.Committed
            ? after with
            {
                Version = after.Version + 1,
            }
            : (Outcome<Organization>?)null;
    }
}
