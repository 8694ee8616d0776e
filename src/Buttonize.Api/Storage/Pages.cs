using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Storage;

/// <summary>What a caller asks of a list: how many, and after which place.</summary>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">The <c>nextCursor</c> of the page before, or null for the first page.</param>
internal sealed record PageRequest(int Limit, string? Cursor);

/// <summary>One page of a list. It can be short, or empty, and still not be the last: only the cursor says so.</summary>
/// <param name="Items">At most as many as were asked for; fewer where the list leaves out most of what is stored.</param>
/// <param name="NextCursor">Where the next page begins, or null on the last page.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>
/// Reads lists page by page. A cursor is the last place with a keyed hash over it and over the list it belongs to, so that a
/// cursor of another tenant or another list is refused instead of followed.
/// </summary>
/// <remarks>
/// A list that leaves items out is read on in large steps, and a page takes a limited number of them: what matches seldom, or never,
/// ends in a short page with a cursor instead of in a call that runs out of time.
/// </remarks>
internal sealed class Pages(Table table, DataKeys keys)
{
    private const int MaximumQueries = 10;

    /// <summary>How many items a page reads at least with each query after its first.</summary>
    private const int FurtherItems = 200;

    /// <summary>A page of what <paramref name="select"/> takes from a list's items; null where the cursor is not this list's.</summary>
    /// <param name="query">The list as the table keeps it.</param>
    /// <param name="request">How many, and after which place.</param>
    /// <param name="select">The list's entry for an item, or null to leave the item out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Page<T>?> ReadAsync<T>(
        Query query,
        PageRequest request,
        Func<Item, T?> select,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var ring = await keys.GetAsync(cancellationToken);
        var list = query.Identity;
        string? after = null;
        if (request.Cursor is not null && (after = Open(ring, list, request.Cursor)) is null)
        {
            return null;
        }

        var entries = new List<T>(request.Limit);

        // One more than is wanted, so that the last page knows that it is the last.
        var wanted = request.Limit + 1;
        for (var asked = 1; ; asked++)
        {
            var (items, next) = await table.QueryAsync(
                query,
                after,
                asked == 1 ? wanted : Math.Max(wanted, FurtherItems),
                cancellationToken
            );
            foreach (var item in items)
            {
                if (select(item) is not { } entry)
                {
                    after = query.PlaceOf(item);
                }
                else if (entries.Count == request.Limit)
                {
                    return new Page<T>(entries, Seal(ring, list, after!));
                }
                else
                {
                    entries.Add(entry);
                    after = query.PlaceOf(item);
                }
            }

            if (next is null)
            {
                return new Page<T>(entries, null);
            }

            // What DynamoDB itself left out has been read as well.
            after = next;
            if (asked == MaximumQueries)
            {
                return new Page<T>(entries, Seal(ring, list, after));
            }
        }
    }

    private static string Seal(KeyRing ring, string list, string place) =>
        $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(place))}.{Hash(ring, list, place)}";

    private static string? Open(KeyRing ring, string list, string cursor)
    {
        var dot = cursor.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !Base64Url.IsValid(cursor.AsSpan(0, dot)))
        {
            return null;
        }

        var place = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor.AsSpan(0, dot)));
        var sent = Encoding.UTF8.GetBytes(cursor[(dot + 1)..]);
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Hash(ring, list, place)),
            sent
        )
            ? place
            : null;
    }

    private static string Hash(KeyRing ring, string list, string place) =>
        ring.KeyedHash("cursor", $"{list}\n{place}");
}
