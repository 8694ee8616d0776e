using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace Buttonize.Api.Access;

/// <summary>
/// Remembers what groups give. Each change of a group counts up the organization's group version in the same write, and each decision
/// reads that version consistently: what is remembered from an earlier version is never used. Groups are read together with the version
/// that they are remembered under, as of one moment.
/// </summary>
internal sealed class GroupCache(Table table) : IDisposable
{
    private const int Remembered = 20_000;

    /// <summary>A bound beside the version, which alone would be enough.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>DynamoDB API reference, TransactGetItems: at most 100 items, of which the organization is one.</summary>
    private const int AtOnce = 99;

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Remembered });

    /// <summary>The groups of these ids that there are. Reads those that are not remembered, up to 99 at once.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<IReadOnlyList<Group>> GetAsync(
        Organization organization,
        IReadOnlyCollection<GroupId> ids,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Group>(ids.Count);
        var unknown = new List<GroupId>();
        foreach (var id in ids.Distinct())
        {
            // One of a later version was read meanwhile for another call: it is no older than this decision needs.
            if (
                known.TryGetValue<Entry>((organization.Id, id), out var entry)
                && entry!.Version >= organization.GroupVersion
            )
            {
                found.AddRange(entry.Group is { } group ? [group] : []);
            }
            else
            {
                unknown.Add(id);
            }
        }

        foreach (var some in unknown.Chunk(AtOnce))
        {
            found.AddRange(await ReadAsync(organization.Id, some, cancellationToken));
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => known.Dispose();

    private async Task<IEnumerable<Group>> ReadAsync(
        OrganizationId organization,
        IReadOnlyList<GroupId> ids,
        CancellationToken cancellationToken
    )
    {
        var items = await table.GetTogetherAsync(
            [Key.Organization(organization), .. ids.Select(id => Key.Group(organization, id))],
            cancellationToken
        );
        if (items is null)
        {
            // Others are writing without a pause: good enough for this one decision, and not to be remembered.
            var once = await table.GetManyAsync(
                [.. ids.Select(id => Key.Group(organization, id))],
                cancellationToken
            );
            return once.OfType<Item>().Select(Groups.Read);
        }

        if (OrganizationDirectory.Read(items[0]) is not { GroupVersion: var version })
        {
            return [];
        }

        var groups = items.Skip(1).Select(item => item is null ? null : Groups.Read(item)).ToList();
        foreach (var (id, group) in ids.Zip(groups))
        {
            known.Set(
                (organization, id),
                new Entry(version, group),
                new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime }
            );
        }

        return groups.OfType<Group>();
    }

    /// <param name="Version">The organization's group version that the group was read under.</param>
    /// <param name="Group">The group; null where there is none.</param>
    private sealed record Entry(long Version, Group? Group);
}
