using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>Makes organizations and finds those of a person.</summary>
internal sealed class OrganizationDirectory(Table table, Pages pages, TimeProvider time)
{
    /// <summary>Makes an organization that <paramref name="owner"/> owns: it, the membership and its mirror, in one write.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Organization> CreateAsync(
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
            Version: 1
        );
        var outcome = await table.WriteAsync(
            [
                Write.Put(
                    new Item(Key.Organization(organization.Id))
                        .Set("organizationId", organization.Id.Value)
                        .Set("name", name)
                        .Set("ownerId", owner.Value)
                        .Set("createdAt", organization.CreatedAt)
                        .Set("version", organization.Version),
                    Expression.NotExists
                ),
                Write.Put(
                    new Item(Key.Member(organization.Id, owner))
                        .Set("userId", owner.Value)
                        .Set("joinedAt", organization.CreatedAt),
                    Expression.NotExists
                ),
                Write.Put(
                    new Item(Key.Membership(owner, organization.Id)).Set(
                        "organizationId",
                        organization.Id.Value
                    ),
                    Expression.NotExists
                ),
            ],
            cancellationToken
        );
        return outcome.Committed
            ? organization
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
            Key.UserPartition(user),
            Key.MembershipPrefix,
            request,
            item => item.String("organizationId"),
            cancellationToken
        );
        if (memberships is null)
        {
            return null;
        }

        var found = new List<Organization>(memberships.Items.Count);
        foreach (var ids in memberships.Items.Chunk(BatchLimit))
        {
            var items = await table.GetManyAsync(
                [.. ids.Select(id => Key.Organization(OrganizationId.Parse(id)))],
                cancellationToken
            );
            found.AddRange(items.OfType<Item>().Select(Read));
        }

        return new Page<Organization>(found, memberships.NextCursor);
    }

    /// <summary>An organization from its item.</summary>
    public static Organization Read(Item item) =>
        new(
            OrganizationId.Parse(item.String("organizationId")),
            item.String("name"),
            UserId.Parse(item.String("ownerId")),
            item.Time("createdAt"),
            item.Number("version")
        );

    /// <summary>DynamoDB API reference, BatchGetItem: at most 100 items.</summary>
    private const int BatchLimit = 100;
}
