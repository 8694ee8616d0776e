using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Organizations;

/// <summary>Makes organizations and finds those of a person.</summary>
internal sealed class OrganizationDirectory(
    Table table,
    Pages pages,
    IOptions<ButtonizeOptions> limits,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Organizations are let go of by people, not by time; the answer has to name some time all the same.</summary>
    private static readonly TimeSpan AfterLimit = TimeSpan.FromHours(1);

    private const int AtOnce = 100;

    /// <summary>
    /// Makes an organization that <paramref name="owner"/> owns: it, the membership and its mirror, and the default groups, in one write. One
    /// person's are made one after the other, so that many at once are no more than the limit either.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Outcome<Organization>> CreateAsync(
        UserId owner,
        string name,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            var person = await table.GetAsync(Key.Person(owner), cancellationToken);
            if (person is null || person.OptionalTime("erasedAt") is not null)
            {
                return new Refusal.PersonErased();
            }

            if (
                await OwnedAsync(owner, cancellationToken)
                >= limits.Value.Limits.OrganizationsPerUser
            )
            {
                var reached = new LimitReached("organizations", AfterLimit);
                metrics.RateLimited(reached);
                return new Refusal.Limited(reached);
            }

            var organization = New(owner, name);
            if (
                await TryCreateAsync(
                    organization,
                    person.OptionalNumber(PersonRecord.Creations),
                    cancellationToken
                )
            )
            {
                return organization;
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    private Organization New(UserId owner, string name) =>
        new(
            OrganizationId.New(),
            name,
            owner,
            time.GetUtcNow(),
            Suspension: null,
            GroupVersion: 1,
            Version: 1
        );

    /// <returns>False where another one was made for the person meanwhile, or the person was erased.</returns>
    private async Task<bool> TryCreateAsync(
        Organization organization,
        long? creations,
        CancellationToken cancellationToken
    )
    {
        const string creationsOf = PersonRecord.Creations;

        // People who were there before creations were counted have none.
        var unchanged = creations is { } before
            ? new Expression($"#{creationsOf} = :before", (":before", before))
            : new Expression($"attribute_not_exists(#{creationsOf})");
        var outcome = await table.WriteAsync(
            [
                Write.Update(
                    Key.Person(organization.OwnerId),
                    new Expression(
                        $"SET #{creationsOf} = :after",
                        (":after", (creations ?? 0) + 1)
                    ),
                    PersonRecord.IsLive.And(unchanged)
                ),
                Write.Put(
                    new Item(Key.Organization(organization.Id))
                        .Set("organizationId", organization.Id.Value)
                        .Set("name", organization.Name)
                        .Set("ownerId", organization.OwnerId.Value)
                        .Set("createdAt", organization.CreatedAt)
                        .Set("apps", 0)
                        .Set("groupVersion", organization.GroupVersion)
                        .Set("version", organization.Version),
                    Expression.NotExists
                ),
                .. MemberItems.Add(
                    organization.Id,
                    organization.OwnerId,
                    [],
                    [],
                    organization.CreatedAt
                ),
                .. Group.Defaults().SelectMany(g => Groups.Add(organization.Id, g)),
            ],
            cancellationToken
        );
        return outcome.Committed;
    }

    private async Task<int> OwnedAsync(UserId user, CancellationToken cancellationToken)
    {
        var owned = 0;
        string? after = null;
        do
        {
            (var items, after) = await table.QueryAsync(
                new Query(Key.UserPartition(user), Key.MembershipPrefix),
                after,
                AtOnce,
                cancellationToken
            );
            var organizations = await FindAsync(
                items.Select(i => OrganizationId.Parse(i.String("organizationId"))),
                cancellationToken
            );
            owned += organizations.Count(o => o.OwnerId == user);
        } while (after is not null);

        return owned;
    }

    /// <summary>A page of the organizations that a person is a member of; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Page<Organization>?> ListAsync(
        UserId user,
        PageRequest request,
        CancellationToken cancellationToken
    )
    {
        var memberships = await pages.ReadAsync(
            new Query(Key.UserPartition(user), Key.MembershipPrefix),
            request,
            item => item.String("organizationId"),
            cancellationToken
        );
        return memberships is null
            ? null
            : new Page<Organization>(
                [
                    .. await FindAsync(
                        memberships.Items.Select(OrganizationId.Parse),
                        cancellationToken
                    ),
                ],
                memberships.NextCursor
            );
    }

    /// <summary>One organization; null where there is none, or it is marked as deleted.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Organization?> FindAsync(
        OrganizationId id,
        CancellationToken cancellationToken
    ) => Read(await table.GetAsync(Key.Organization(id), cancellationToken));

    /// <summary>Those of the organizations that there are.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<IEnumerable<Organization>> FindAsync(
        IEnumerable<OrganizationId> ids,
        CancellationToken cancellationToken
    )
    {
        var items = await table.GetManyAsync(
            [.. ids.Distinct().Select(Key.Organization)],
            cancellationToken
        );
        return items.Select(Read).OfType<Organization>();
    }

    /// <summary>An organization from its item; null where there is none, or it is marked as deleted.</summary>
    public static Organization? Read(Item? item) =>
        item is null || item.OptionalTime("deletedAt") is not null
            ? null
            : new Organization(
                OrganizationId.Parse(item.String("organizationId")),
                item.String("name"),
                UserId.Parse(item.String("ownerId")),
                item.Time("createdAt"),
                AppItems.ReadSuspension(item),
                item.Number("groupVersion"),
                item.Number("version")
            );
}
