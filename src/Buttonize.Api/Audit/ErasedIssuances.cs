using Buttonize.Api.Sessions;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Audit;

/// <summary>
/// Takes what tells who somebody is out of the entries of erased people, in whatever organization: name, address and user agent. What was
/// issued, when and to which user id stays, and still matches the customer's CloudTrail by key and request id.
/// </summary>
/// <remarks>
/// The mark is written together with the erasure itself. Every pass reads the index of people from its beginning to its end, piece by piece,
/// and keeps its place in the mark. An entry that was written at the same moment, or that the index did not show yet, is found by the last
/// pass, which begins only when there can be none left: after that the mark goes. Several instances may work on one mark: whatever place is
/// kept, everything before it was read after the time that is kept with it.
/// </remarks>
internal sealed class ErasedIssuances(Table table, TimeProvider time)
{
    /// <summary>What stands where the name stood.</summary>
    public const string ErasedName = "erased";

    /// <summary>
    /// When the last pass begins: far more than a call may take (seconds), an index lags (usually less than a second) and clocks of
    /// instances disagree.
    /// </summary>
    public static readonly TimeSpan Late = TimeSpan.FromMinutes(15);

    private const int AtOnce = 100;
    private const int Parallel = 8;

    /// <summary>How much of one person's entries is changed before others have their turn, so that no sweep lasts.</summary>
    private const int PiecesOfASweep = 50;

    private static readonly Expression NotErased = new("attribute_not_exists(#erasedAt)");

    /// <summary>The mark of a person who is erased by the same transaction.</summary>
    public Write Mark(UserId user)
    {
        var now = time.GetUtcNow();
        return Write.Put(
            new Item(Key.ErasedIssuances(user))
                .Set("userId", user.Value)
                .Set("erasedAt", now)
                .Set("dueAt", now)
        );
    }

    /// <summary>Does the first piece at once: for most people that is everything. The rest is done by a sweep.</summary>
    /// <exception cref="StorageUnavailableException">The mark stays, and so it is done later.</exception>
    public async Task BeginAsync(UserId user, CancellationToken cancellationToken)
    {
        if (await table.GetAsync(Key.ErasedIssuances(user), cancellationToken) is { } mark)
        {
            await SweepAsync(mark, pieces: 1, cancellationToken);
        }
    }

    /// <summary>Goes on with everybody whose entries are not done.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task SweepAllAsync(CancellationToken cancellationToken)
    {
        var marks = new Query(Key.ErasedIssuancesPartition);
        string? after = null;
        do
        {
            (var some, after) = await table.QueryAsync(marks, after, AtOnce, cancellationToken);
            foreach (var mark in some.Where(m => m.Time("dueAt") <= time.GetUtcNow()))
            {
                await SweepAsync(mark, PiecesOfASweep, cancellationToken);
            }
        } while (after is not null);
    }

    private async Task SweepAsync(Item mark, int pieces, CancellationToken cancellationToken)
    {
        var user = UserId.Parse(mark.String("userId"));
        var began = mark.OptionalTime("passBeganAt") ?? time.GetUtcNow();
        var place = mark.OptionalString("place");
        var query = IssuanceItems.AllOf(user) with { Filter = NotErased };
        for (var piece = 1; piece <= pieces; piece++)
        {
            (var items, place) = await table.QueryAsync(query, place, AtOnce, cancellationToken);
            await System.Threading.Tasks.Parallel.ForEachAsync(
                items,
                new ParallelOptions
                {
                    MaxDegreeOfParallelism = Parallel,
                    CancellationToken = cancellationToken,
                },
                async (item, token) => await EraseAsync(user, item, token)
            );
            if (place is null)
            {
                await EndPassAsync(mark, user, began, cancellationToken);
                return;
            }

            await UpdateMarkAsync(
                user,
                new Expression(
                    "SET #passBeganAt = :began, #place = :place",
                    (":began", Item.Format(began)),
                    (":place", place)
                ),
                cancellationToken
            );
        }
    }

    /// <summary>The mark goes after a pass that began late enough; after any other one the last pass is due then.</summary>
    private async Task EndPassAsync(
        Item mark,
        UserId user,
        DateTimeOffset began,
        CancellationToken cancellationToken
    )
    {
        var late = mark.Time("erasedAt") + Late;
        if (began >= late)
        {
            await table.WriteAsync([Write.Delete(Key.ErasedIssuances(user))], cancellationToken);
            return;
        }

        await UpdateMarkAsync(
            user,
            new Expression(
                "SET #dueAt = :late REMOVE #passBeganAt, #place",
                (":late", Item.Format(late))
            ),
            cancellationToken
        );
    }

    /// <summary>A mark that another instance has taken away stays away.</summary>
    private Task<bool> UpdateMarkAsync(
        UserId user,
        Expression change,
        CancellationToken cancellationToken
    ) => table.UpdateAsync(Key.ErasedIssuances(user), change, Expression.Exists, cancellationToken);

    /// <summary>An entry that has expired meanwhile stays away.</summary>
    private Task<bool> EraseAsync(UserId user, Item item, CancellationToken cancellationToken) =>
        table.UpdateAsync(
            new Key(item.String("pk"), item.Sort),
            new Expression(
                "SET #userName = :name, #sourceIdentity = :identity, #assumedRoleArn = :arn, #assumedRoleId = :id, #erasedAt = :now "
                    + "REMOVE #sourceIp, #userAgent",
                (":name", ErasedName),
                (":identity", Nameless(user, item.String("sourceIdentity"))),
                (":arn", Nameless(user, item.String("assumedRoleArn"))),
                (":id", Nameless(user, item.String("assumedRoleId"))),
                (":now", Item.Format(time.GetUtcNow()))
            ),
            Expression.Exists,
            cancellationToken
        );

    /// <summary>The session's name is all there is after the last separator: neither of them can be in it.</summary>
    private static string Nameless(UserId user, string text) =>
        $"{text[..(text.LastIndexOfAny(['/', ':']) + 1)]}{SessionIdentity.PrefixOf(user)}{ErasedName}";
}
