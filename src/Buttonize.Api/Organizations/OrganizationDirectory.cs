using Buttonize.Api.Access;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>Makes organizations and finds those of a person.</summary>
internal sealed class OrganizationDirectory(Table table, Pages pages, TimeProvider time)
{
    /// <summary>
    /// Makes an organization that <paramref name="owner"/> owns: it, the membership and its mirror, and the default groups, in one write.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Outcome<Organization>> CreateAsync(
        UserId owner,
        string name,
        CancellationToken cancellationToken
    )
    {
        var organization = new Organization(
            OrganizationId.New(),
            name,
            owner,
            time.GetUtcNow(),
            GroupVersion: 1,
            Version: 1
        );
        var outcome = await table.WriteAsync(
            [
                Write.Check(Key.Person(owner), PersonRecord.IsLive),
                Write.Put(
                    new Item(Key.Organization(organization.Id))
                        .Set("organizationId", organization.Id.Value)
                        .Set("name", name)
                        .Set("ownerId", owner.Value)
                        .Set("createdAt", organization.CreatedAt)
                        .Set("apps", 0)
                        .Set("groupVersion", organization.GroupVersion)
                        .Set("version", organization.Version),
                    Expression.NotExists
                ),
                .. MemberItems.Add(organization.Id, owner, [], [], organization.CreatedAt),
                .. Group.Defaults().SelectMany(g => Groups.Add(organization.Id, g)),
            ],
            cancellationToken
        );
        return outcome.Committed ? organization
            : outcome.Failed(0) ? new Refusal.PersonErased()
            : throw new InvalidDataException("A new random organization id was already taken.");
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
                item.Number("groupVersion"),
                item.Number("version")
            );
}
