using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>What somebody makes of a group.</summary>
internal sealed record GroupDefinition(string Name, Rights Gives);

/// <summary>Makes, changes and deletes groups. Every change counts up the organization's group version, by which decisions see it.</summary>
internal sealed class Groups(Table table, Pages pages, GuardedChanges changes)
{
    private static readonly Demand Needed = new(Permission.ManagePermissions);

    /// <summary>A page of the organization's groups; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Page<Group>?> ListAsync(
        OrganizationId organization,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        pages.ReadAsync(
            new Query(Key.OrganizationPartition(organization), Key.GroupPrefix),
            request,
            Read,
            cancellationToken
        );

    /// <summary>One group, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Group?> FindAsync(
        OrganizationId organization,
        GroupId id,
        CancellationToken cancellationToken
    ) =>
        await table.GetAsync(Key.Group(organization, id), cancellationToken) is { } item
            ? Read(item)
            : null;

    /// <summary>Makes a group that gives nothing its maker lacks.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Group>> CreateAsync(
        Standing caller,
        GroupDefinition definition,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync<Group>(
            caller,
            Needed,
            async standing =>
                AccessRules.DecideToGive(standing, definition.Gives) is { } refusal
                    ? refusal
                    : await SaveAsync(
                        standing,
                        before: null,
                        new Group(
                            GroupId.New(),
                            definition.Name,
                            IsDefault: false,
                            definition.Gives,
                            Version: 1
                        ),
                        cancellationToken
                    ),
            cancellationToken
        );

    /// <summary>Replaces a custom group. What it gives anew must be what the caller has; what it gave before may stay.</summary>
    /// <param name="caller">Whoever does it.</param>
    /// <param name="id">The group.</param>
    /// <param name="definition">What it is to be.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Group>> ReplaceAsync(
        Standing caller,
        GroupId id,
        GroupDefinition definition,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync(
            caller,
            Needed,
            async standing =>
            {
                var (group, refusal) = await FindCustomAsync(
                    standing,
                    id,
                    isExpected,
                    cancellationToken
                );
                if (group is null)
                {
                    return refusal!;
                }

                // The caller's rights and the group's own together: keeping what is there gives nothing to anybody.
                var allowed = standing with
                {
                    Rights = standing.Rights.Plus(group.Gives),
                };
                return AccessRules.DecideToGive(allowed, definition.Gives) is { } beyond
                    ? beyond
                    : await SaveAsync(
                        standing,
                        group,
                        group with
                        {
                            Name = definition.Name,
                            Gives = definition.Gives,
                            Version = group.Version + 1,
                        },
                        cancellationToken
                    );
            },
            cancellationToken
        );

    /// <summary>Deletes a custom group. Its members lose what it gave at their next call; its id is never used again.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<Group>> DeleteAsync(
        Standing caller,
        GroupId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync(
            caller,
            Needed,
            async standing =>
            {
                var (group, refusal) = await FindCustomAsync(
                    standing,
                    id,
                    isExpected,
                    cancellationToken
                );
                if (group is null)
                {
                    return refusal!;
                }

                var outcome = await table.WriteAsync(
                    [
                        .. Touch(standing),
                        Write.Delete(
                            Key.Group(standing.Organization.Id, id),
                            Expression.Version(group.Version)
                        ),
                        Write.Delete(NameKey(standing.Organization.Id, group)),
                    ],
                    cancellationToken
                );
                return outcome.Committed ? group : (Outcome<Group>?)null;
            },
            cancellationToken
        );

    /// <summary>The writes of a new group: it, and the claim on its name.</summary>
    public static IReadOnlyList<Write> Add(OrganizationId organization, Group group) =>
        [
            Write.Put(ToItem(organization, group), Expression.NotExists),
            ClaimName(organization, group),
        ];

    /// <summary>The group of an item.</summary>
    public static Group Read(Item item) =>
        new(
            GroupId.Parse(item.String("groupId")),
            item.String("name"),
            item.Flag("isDefault"),
            Rights.Of(item.Strings("appTags"), PermissionNames.Of(item.Strings("permissions"))),
            item.Number("version")
        );

    private async Task<(Group?, Refusal?)> FindCustomAsync(
        Standing standing,
        GroupId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(standing.Organization.Id, id, cancellationToken) switch
        {
            null => (null, new Refusal.NotFound()),
            { IsDefault: true } => (null, new Refusal.DefaultGroup()),
            { } group when !isExpected(group.Version) => (null, new Refusal.Stale()),
            { } group => (group, null),
        };

    /// <summary>One try; null where it was overtaken by another change.</summary>
    private async Task<Outcome<Group>?> SaveAsync(
        Standing standing,
        Group? before,
        Group after,
        CancellationToken cancellationToken
    )
    {
        var organization = standing.Organization.Id;
        var keepsName =
            before is not null && NameKey(organization, before) == NameKey(organization, after);
        Write[] ours =
        [
            .. Touch(standing),
            Write.Put(
                ToItem(organization, after),
                before is null ? Expression.NotExists : Expression.Version(before.Version)
            ),
            .. before is null || keepsName
                ? Array.Empty<Write>()
                : [Write.Delete(NameKey(organization, before))],
        ];

        // Everything that another change could have overtaken comes first, the name that another group could have last.
        var outcome = await table.WriteAsync(
            [.. ours, .. keepsName ? Array.Empty<Write>() : [ClaimName(organization, after)]],
            cancellationToken
        );
        if (outcome.Committed)
        {
            return after;
        }

        return outcome.FailedConditions.Any(position => position < ours.Length)
            ? (Outcome<Group>?)null
            : new Refusal.NameTaken();
    }

    /// <summary>Counts up the group version, while what the change was decided from still stands.</summary>
    private static IReadOnlyList<Write> Touch(Standing standing) =>
        [
            Write.Update(
                Key.Organization(standing.Organization.Id),
                new Expression("ADD #groupVersion :one", (":one", 1L)),
                standing.OrganizationStands
            ),
            .. standing.CallerStands,
        ];

    private static Write ClaimName(OrganizationId organization, Group group) =>
        Write.Put(
            new Item(NameKey(organization, group)).Set("groupId", group.Id.Value),
            Expression.NotExists
        );

    /// <summary>
    /// Names that look the same are the same: compatibility forms and letter case do not count (Unicode TR15, NFKC). Hashed, because a
    /// character can become 18 in that form, and a sort key has at most 1,024 bytes.
    /// </summary>
    private static Key NameKey(OrganizationId organization, Group group)
    {
        var folded = TextRules
            .Normalize(group.Name.Trim(), NormalizationForm.FormKC)
            .ToUpperInvariant();
        return Key.GroupName(
            organization,
            Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(folded)))
        );
    }

    private static Item ToItem(OrganizationId organization, Group group) =>
        new Item(Key.Group(organization, group.Id))
            .Set("groupId", group.Id.Value)
            .Set("name", group.Name)
            .Set("isDefault", group.IsDefault)
            .Set("appTags", group.Gives.WrittenTags)
            .Set("permissions", group.Gives.Permissions.Single().Select(p => p.Wire()))
            .Set("version", group.Version);
}
