using System.Security.Cryptography;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage;

/// <summary>
/// The DynamoDB table: reads, and writes that happen wholly or not at all. Every read here is strongly consistent, but for that of the index of
/// checks: a removal or a replacement must hold at the next call on every instance.
/// </summary>
internal sealed class Table(
    IAmazonDynamoDB client,
    IOptions<ButtonizeOptions> options,
    TimeProvider time
)
{
    /// <summary>How often a transaction that met another one is tried again (with jitter) before it counts as unavailable.</summary>
    private const int ConflictRetries = 6;

    /// <summary>DynamoDB API reference, BatchGetItem: at most 100 items.</summary>
    private const int BatchLimit = 100;

    private string Name => options.Value.TableName;

    /// <summary>One item, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Item?> GetAsync(Key key, CancellationToken cancellationToken) =>
        StorageFaults.GuardAsync(
            async () =>
            {
                var response = await client
                    .GetItemAsync(Name, KeyAttributes(key), consistentRead: true, cancellationToken)
                    .WaitAsync(cancellationToken);
                return response.Item is { Count: > 0 } item ? new Item(item) : null;
            },
            cancellationToken
        );

    /// <summary>
    /// Several items at once, in the order of <paramref name="keys"/>, null where there is none. One <c>BatchGetItem</c> for each 100;
    /// what DynamoDB left unprocessed is asked again.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<IReadOnlyList<Item?>> GetManyAsync(
        IReadOnlyList<Key> keys,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync<IReadOnlyList<Item?>>(
            async () =>
            {
                var found = new Dictionary<Key, Item>(keys.Count);
                foreach (var some in keys.Distinct().Chunk(BatchLimit))
                {
                    await ReadInto(found, some, cancellationToken);
                }

                return [.. keys.Select(key => found.GetValueOrDefault(key))];
            },
            cancellationToken
        );

    private async Task ReadInto(
        Dictionary<Key, Item> found,
        Key[] keys,
        CancellationToken cancellationToken
    )
    {
        var asked = new Dictionary<string, KeysAndAttributes>(StringComparer.Ordinal)
        {
            [Name] = new() { ConsistentRead = true, Keys = [.. keys.Select(KeyAttributes)] },
        };
        while (asked is { Count: > 0 })
        {
            var response = await client
                .BatchGetItemAsync(new BatchGetItemRequest(asked), cancellationToken)
                .WaitAsync(cancellationToken);
            foreach (var attributes in response.Responses?.GetValueOrDefault(Name) ?? [])
            {
                var item = new Item(attributes);
                found[new Key(item.String("pk"), item.Sort)] = item;
            }

            asked = response.UnprocessedKeys;
            if (asked is { Count: > 0 })
            {
                await PauseAsync(1, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Several items (at most 100) as they are at one moment, in the order of <paramref name="keys"/>, null where there is none. Beside a
    /// transaction, other reads can see some of its items before it and some after (DynamoDB Developer Guide, Amazon DynamoDB Transactions:
    /// How it works, isolation levels); this one cannot.
    /// </summary>
    /// <returns>The items; null where transactions kept being in the way.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public Task<IReadOnlyList<Item?>?> GetTogetherAsync(
        IReadOnlyList<Key> keys,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync<IReadOnlyList<Item?>?>(
            async () =>
            {
                var request = new TransactGetItemsRequest
                {
                    TransactItems =
                    [
                        .. keys.Select(key => new TransactGetItem
                        {
                            Get = new Get { TableName = Name, Key = KeyAttributes(key) },
                        }),
                    ],
                };
                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        var response = await client
                            .TransactGetItemsAsync(request, cancellationToken)
                            .WaitAsync(cancellationToken);
                        return
                        [
                            .. response.Responses.Select(r =>
                                r.Item is { Count: > 0 } item ? new Item(item) : null
                            ),
                        ];
                    }
                    catch (TransactionCanceledException canceled) when (IsConflict(canceled))
                    {
                        if (attempt > 2)
                        {
                            return null;
                        }

                        await PauseAsync(attempt, cancellationToken);
                    }
                }
            },
            cancellationToken
        );

    /// <summary>
    /// The items of one partition whose sort keys begin with <paramref name="sortPrefix"/> (all of them where that is null), in order,
    /// after <paramref name="afterSort"/>.
    /// </summary>
    /// <returns>At most <paramref name="limit"/> items, and whether there can be more.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public Task<(IReadOnlyList<Item> Items, bool More)> QueryAsync(
        string partition,
        string? sortPrefix,
        string? afterSort,
        int limit,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync<(IReadOnlyList<Item>, bool)>(
            async () =>
            {
                var request = new QueryRequest(Name)
                {
                    ConsistentRead = true,
                    Limit = limit,
                    KeyConditionExpression = "pk = :pk",
                    ExpressionAttributeValues = new(StringComparer.Ordinal)
                    {
                        [":pk"] = new() { S = partition },
                    },
                    ExclusiveStartKey = afterSort is null
                        ? null
                        : KeyAttributes(new Key(partition, afterSort)),
                };
                if (sortPrefix is not null)
                {
                    request.KeyConditionExpression += " AND begins_with(sk, :prefix)";
                    request.ExpressionAttributeValues[":prefix"] = new() { S = sortPrefix };
                }

                var response = await client
                    .QueryAsync(request, cancellationToken)
                    .WaitAsync(cancellationToken);
                return (
                    response.Items?.ConvertAll(i => new Item(i)) ?? [],
                    response.LastEvaluatedKey is { Count: > 0 }
                );
            },
            cancellationToken
        );

    /// <summary>The keys of the apps whose check is due, and since when, the longest waiting first. The index lags behind the table a little.</summary>
    /// <param name="queue">One of the names of <see cref="Trust.CheckQueue"/>.</param>
    /// <param name="until">What is due until then.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<IReadOnlyList<(Key App, DateTimeOffset Since)>> QueryDueAsync(
        string queue,
        DateTimeOffset until,
        int limit,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync<IReadOnlyList<(Key, DateTimeOffset)>>(
            async () =>
            {
                var request = new QueryRequest(Name)
                {
                    IndexName = TableDefinition.ChecksIndex,
                    Limit = limit,
                    KeyConditionExpression =
                        $"{TableDefinition.CheckQueueAttribute} = :queue AND {TableDefinition.CheckAtAttribute} <= :until",
                    ExpressionAttributeValues = new(StringComparer.Ordinal)
                    {
                        [":queue"] = new() { S = queue },
                        [":until"] = new() { S = Item.Format(until) },
                    },
                };
                var response = await client
                    .QueryAsync(request, cancellationToken)
                    .WaitAsync(cancellationToken);
                return
                [
                    .. (response.Items ?? [])
                        .Select(i => new Item(i))
                        .Select(i =>
                            (
                                new Key(i.String("pk"), i.Sort),
                                i.Time(TableDefinition.CheckAtAttribute)
                            )
                        ),
                ];
            },
            cancellationToken
        );

    /// <summary>
    /// All of the writes, or none. Safe to lose the answer of: the SDK repeats it under one idempotency token. Conflicts with other
    /// transactions are tried again with jitter.
    /// </summary>
    /// <exception cref="StorageUnavailableException">Also when conflicts persist.</exception>
    public Task<WriteOutcome> WriteAsync(
        IReadOnlyList<Write> writes,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync(
            async () =>
            {
                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        var request = new TransactWriteItemsRequest
                        {
                            TransactItems = [.. writes.Select(w => w.ToTransactItem(Name))],
                        };
                        await client
                            .TransactWriteItemsAsync(request, cancellationToken)
                            .WaitAsync(cancellationToken);
                        return WriteOutcome.Done;
                    }
                    catch (TransactionCanceledException canceled)
                        when (FailedConditions(canceled) is { Count: > 0 } failed)
                    {
                        return new WriteOutcome(failed);
                    }
                    catch (TransactionCanceledException canceled)
                        when (attempt <= ConflictRetries && IsConflict(canceled))
                    {
                        await PauseAsync(attempt, cancellationToken);
                    }
                }
            },
            cancellationToken
        );

    /// <summary>Changes one item by itself, if the condition holds. For what is of no consequence to any other item.</summary>
    /// <returns>Whether the condition held.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public Task<bool> UpdateAsync(
        Key key,
        Expression update,
        Expression condition,
        CancellationToken cancellationToken
    ) =>
        StorageFaults.GuardAsync(
            async () =>
            {
                var request = new UpdateItemRequest
                {
                    TableName = Name,
                    Key = KeyAttributes(key),
                    UpdateExpression = update.Text,
                    ConditionExpression = condition.Text,
                    ExpressionAttributeNames = Write.NamesOf(update, condition),
                    ExpressionAttributeValues = Write.ValuesOf(update, condition),
                };
                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        await client
                            .UpdateItemAsync(request, cancellationToken)
                            .WaitAsync(cancellationToken);
                        return true;
                    }
                    catch (ConditionalCheckFailedException)
                    {
                        return false;
                    }
                    catch (TransactionConflictException) when (attempt <= ConflictRetries)
                    {
                        // A single write is refused as well while a transaction has the item.
                        await PauseAsync(attempt, cancellationToken);
                    }
                }
            },
            cancellationToken
        );

    /// <summary>A key as the SDK takes it.</summary>
    internal static Dictionary<string, AttributeValue> KeyAttributes(Key key) =>
        new(StringComparer.Ordinal)
        {
            ["pk"] = new() { S = key.Partition },
            ["sk"] = new() { S = key.Sort },
        };

    private static List<int> FailedConditions(TransactionCanceledException canceled) =>
        [
            .. canceled
                .CancellationReasons.Index()
                .Where(r => r.Item.Code == "ConditionalCheckFailed")
                .Select(r => r.Index),
        ];

    private static bool IsConflict(TransactionCanceledException canceled) =>
        canceled.CancellationReasons.Exists(r => r.Code == "TransactionConflict");

    private Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(
            TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(10, 25 << attempt)),
            time,
            cancellationToken
        );
}
