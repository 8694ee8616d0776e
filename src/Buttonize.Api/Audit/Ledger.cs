using System.Runtime.CompilerServices;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Audit;

/// <summary>
/// The ledger: who got which session. An entry is one item that is put by itself, without a condition, a counter or anything that two
/// people share, so nobody's session waits for anybody else's.
/// </summary>
internal sealed class Ledger(
    Table table,
    Pages pages,
    IOptions<ButtonizeOptions> options,
    TimeProvider time
)
{
    /// <summary>How many entries are read at once where all of them are: about as many kilobytes are in memory at a time.</summary>
    private const int AtOnce = 200;

    /// <summary>
    /// Writes an entry. A session must not leave unless this has returned; where it throws, the entry may stand all the same, for a session
    /// that nobody got.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task RecordAsync(Issuance entry, CancellationToken cancellationToken) =>
        table.PutAsync(
            IssuanceItems.ToItem(entry, entry.IssuedAt.AddDays(options.Value.Audit.RetentionDays)),
            cancellationToken
        );

    /// <summary>A page of the entries that are meant, newest first; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Page<Issuance>?> ListAsync(
        IssuanceFilter filter,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        pages.ReadAsync(
            IssuanceItems.ToQuery(filter, time.GetUtcNow()),
            request,
            IssuanceItems.Read,
            cancellationToken
        );

    /// <summary>All of the entries that are meant, newest first, in pieces that fit into memory; a piece can be empty.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async IAsyncEnumerable<IReadOnlyList<Issuance>> ReadAllAsync(
        IssuanceFilter filter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var query = IssuanceItems.ToQuery(filter, time.GetUtcNow());
        string? after = null;
        do
        {
            (var items, after) = await table.QueryAsync(query, after, AtOnce, cancellationToken);
            yield return [.. items.Select(IssuanceItems.Read)];
        } while (after is not null);
    }
}
