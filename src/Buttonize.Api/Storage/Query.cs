using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Storage;

/// <summary>
/// A list as the table keeps it: the items of one partition, of the table or of an index, in the order of their sort keys. Reads of the
/// table are strongly consistent; an index lags behind it, usually by less than a second.
/// </summary>
/// <param name="Partition">The partition.</param>
/// <param name="SortPrefix">What the sort keys begin with; null: all of the partition.</param>
internal sealed record Query(string Partition, string? SortPrefix = null)
{
    /// <summary>The index that is read; null: the table itself.</summary>
    public TableIndex? Index { get; init; }

    /// <summary>The first and the last sort key of the list, instead of a prefix.</summary>
    public (string First, string Last)? Between { get; init; }

    /// <summary>Whether the list begins with its last sort key.</summary>
    public bool Descending { get; init; }

    /// <summary>What DynamoDB leaves out of what it has read, by other attributes than those of the keys.</summary>
    public Expression? Filter { get; init; }

    /// <summary>Leaves out what has expired by then: DynamoDB itself drops it days late.</summary>
    public DateTimeOffset? LiveAt { get; init; }

    /// <summary>What tells this list from every other one, for its cursors: all but the moment at which it is read.</summary>
    public string Identity =>
        this is { Index: null, Between: null, Descending: false, Filter: null }
            ? $"{Partition}\n{SortPrefix}"
            : string.Join(
                '\n',
                [
                    Partition,
                    SortPrefix,
                    Index?.Name,
                    Between?.First,
                    Between?.Last,
                    Descending ? "descending" : "ascending",
                    Filter?.Text,
                    .. Filter?.Values.Select(v => $"{v.Name} {v.Value}") ?? [],
                ]
            );

    /// <summary>The item's place in the list, from which it can be read on.</summary>
    public string PlaceOf(Item item) => PlaceOf(item.Attributes);

    /// <summary>The request for at most <paramref name="limit"/> of its items, counted before the filter, after a place.</summary>
    public QueryRequest ToRequest(string table, string? after, int limit)
    {
        var keys = KeyCondition();
        var filter = WholeFilter();
        return new QueryRequest(table)
        {
            IndexName = Index?.Name,
            ConsistentRead = Index is null,
            ScanIndexForward = !Descending,
            Limit = limit,
            KeyConditionExpression = keys.Text,
            FilterExpression = filter?.Text,
            ExpressionAttributeNames = Write.NamesOf(keys, filter),
            ExpressionAttributeValues = Write.ValuesOf(keys, filter),
            ExclusiveStartKey = after is null ? null : KeyOf(after),
        };
    }

    /// <summary>The place of what DynamoDB returns as the last key that it has read.</summary>
    public string PlaceOf(Dictionary<string, AttributeValue> key) =>
        Index is null
            ? key["sk"].S
            : string.Join('\n', key[Index.SortAttribute].S, key["pk"].S, key["sk"].S);

    private Dictionary<string, AttributeValue> KeyOf(string place)
    {
        if (Index is null)
        {
            return Table.KeyAttributes(new Key(Partition, place));
        }

        var parts = place.Split('\n');
        var key = Table.KeyAttributes(new Key(parts[1], parts[2]));
        key[Index.PartitionAttribute] = new AttributeValue { S = Partition };
        key[Index.SortAttribute] = new AttributeValue { S = parts[0] };
        return key;
    }

    private Expression KeyCondition()
    {
        var (partition, sort) = Index is null
            ? ("pk", "sk")
            : (Index.PartitionAttribute, Index.SortAttribute);
        var whole = new Expression($"#{partition} = :partition", (":partition", Partition));
        return (Between, SortPrefix) switch
        {
            ({ } range, _) => new Expression(
                $"{whole.Text} AND #{sort} BETWEEN :first AND :last",
                [.. whole.Values, (":first", range.First), (":last", range.Last)]
            ),
            (_, { } prefix) => new Expression(
                $"{whole.Text} AND begins_with(#{sort}, :prefix)",
                [.. whole.Values, (":prefix", prefix)]
            ),
            _ => whole,
        };
    }

    private Expression? WholeFilter()
    {
        if (LiveAt is not { } now)
        {
            return Filter;
        }

        var live = new Expression("#expiresAt > :now", (":now", now.ToUnixTimeSeconds()));
        return Filter?.And(live) ?? live;
    }
}

/// <summary>Some items of a list, in its order.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">The place to read on after; null where the list has been read to its end.</param>
internal sealed record QueryAnswer(IReadOnlyList<Item> Items, string? Next);
