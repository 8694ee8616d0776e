using Buttonize.Api.Access;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>An API key as it is stored: everything but the key.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Name">What its maker called it.</param>
/// <param name="Preview">Its first characters.</param>
/// <param name="ExpiresAt">From when on it is refused, or null.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="LastUsedAt">When it was last used, to about a minute, or null.</param>
internal sealed record ApiKey(
    ApiKeyId Id,
    string Name,
    string Preview,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset CreatedAt,
    UserId CreatedBy,
    DateTimeOffset? LastUsedAt
);

/// <summary>An API key at the one moment when its secret is known.</summary>
internal sealed record NewApiKey(ApiKey Key, ApiKeySecret Secret);

/// <summary>Makes, lists, deletes and recognizes API keys.</summary>
internal sealed class ApiKeys(
    Table table,
    Pages pages,
    ApiKeyUses uses,
    GuardedChanges changes,
    TimeProvider time
)
{
    /// <summary>Makes a key. The secret exists in this answer only.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<NewApiKey>> CreateAsync(
        Standing caller,
        string name,
        DateTimeOffset? expiresAt,
        CancellationToken cancellationToken
    )
    {
        var secret = ApiKeySecret.New();
        var key = new ApiKey(
            ApiKeyId.New(),
            name,
            secret.Preview,
            expiresAt,
            time.GetUtcNow(),
            caller.User,
            LastUsedAt: null
        );
        return changes.RunAsync<NewApiKey>(
            caller,
            new Demand(Permission.ManageApiKeys),
            async standing =>
            {
                var outcome = await table.WriteAsync(
                    [.. Add(standing.Organization.Id, key, secret), .. standing.Stands],
                    cancellationToken
                );
                return outcome.Committed ? new NewApiKey(key, secret) : (Outcome<NewApiKey>?)null;
            },
            cancellationToken
        );
    }

    /// <summary>A page of an organization's keys; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Page<ApiKey>?> ListAsync(
        OrganizationId organization,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        pages.ReadAsync(
            new Query(Key.OrganizationPartition(organization), Key.ApiKeyPrefix),
            request,
            Read,
            cancellationToken
        );

    /// <summary>Deletes a key, which is dead at the next call.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> DeleteAsync(
        OrganizationId organization,
        ApiKeyId key,
        CancellationToken cancellationToken
    )
    {
        if (await table.GetAsync(Key.ApiKey(organization, key), cancellationToken) is not { } item)
        {
            return false;
        }

        await table.WriteAsync(
            [
                Write.Delete(Key.ApiKey(organization, key)),
                Write.Delete(Key.ApiKeySecret(item.String("hash"))),
            ],
            cancellationToken
        );
        return true;
    }

    /// <summary>The deployment that holds <paramref name="secret"/>; null where the key is unknown, deleted or expired, or its organization deleted.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Deployment?> FindAsync(
        ApiKeySecret secret,
        CancellationToken cancellationToken
    )
    {
        var item = await table.GetAsync(Key.ApiKeySecret(secret.Hash), cancellationToken);

        // DynamoDB drops expired items days late; the time is what counts.
        if (item is null || item.OptionalTime("expires") <= time.GetUtcNow())
        {
            return null;
        }

        var id = OrganizationId.Parse(item.String("organizationId"));
        if (
            OrganizationDirectory.Read(
                await table.GetAsync(Key.Organization(id), cancellationToken)
            )
            is not { } organization
        )
        {
            // Marked as deleted; the key itself is swept away after.
            return null;
        }

        var deployment = new Deployment(
            id,
            ApiKeyId.Parse(item.String("keyId")),
            organization.Suspension?.Reason
        );
        uses.Note(deployment);
        return deployment;
    }

    private static IEnumerable<Write> Add(
        OrganizationId organization,
        ApiKey key,
        ApiKeySecret secret
    ) =>
        [
            Write.Put(
                new Item(Key.ApiKey(organization, key.Id))
                    .Set("keyId", key.Id.Value)
                    .Set("name", key.Name)
                    .Set("preview", key.Preview)
                    .Set("hash", secret.Hash)
                    .Set("createdAt", key.CreatedAt)
                    .Set("createdBy", key.CreatedBy.Value)
                    .Set("expires", key.ExpiresAt)
                    .Expires(key.ExpiresAt),
                Expression.NotExists
            ),
            Write.Put(
                new Item(Key.ApiKeySecret(secret.Hash))
                    .Set("organizationId", organization.Value)
                    .Set("keyId", key.Id.Value)
                    .Set("expires", key.ExpiresAt)
                    .Expires(key.ExpiresAt),
                Expression.NotExists
            ),
        ];

    private static ApiKey Read(Item item) =>
        new(
            ApiKeyId.Parse(item.String("keyId")),
            item.String("name"),
            item.String("preview"),
            item.OptionalTime("expires"),
            item.Time("createdAt"),
            UserId.Parse(item.String("createdBy")),
            item.OptionalTime("lastUsedAt")
        );
}
