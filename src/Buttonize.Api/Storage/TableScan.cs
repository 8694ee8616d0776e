using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage;

/// <summary>
/// Reads the whole table, slowly. Only for the operator's own work: what serves never scans, and its AWS permissions do not let it.
/// </summary>
internal sealed class TableScan(
    IAmazonDynamoDB client,
    IOptions<ButtonizeOptions> options,
    TimeProvider time
)
{
    /// <summary>How many items are looked at with one call: small steps, so that the rate is even.</summary>
    private const int AtOnce = 500;

    /// <summary>The items whose sort keys begin with <paramref name="sortPrefix"/>, in no order, as they are at the time, consistently.</summary>
    /// <param name="sortPrefix">What the sort keys begin with.</param>
    /// <param name="attributes">Which attributes are wanted beside the key; dots lead into maps.</param>
    /// <param name="unitsPerSecond">How many read units it takes of the table at most (one is 4 KiB, whatever is left out counts).</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>A page for each step, and how many items were looked at for it.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async IAsyncEnumerable<(IReadOnlyList<Item> Items, int Looked)> ReadAsync(
        string sortPrefix,
        IReadOnlyList<string> attributes,
        int unitsPerSecond,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var request = Request(sortPrefix, attributes);
        do
        {
            var response = await StorageFaults.GuardAsync(
                () => client.ScanAsync(request, cancellationToken).WaitAsync(cancellationToken),
                cancellationToken
            );
            yield return (
                response.Items?.ConvertAll(i => new Item(i)) ?? [],
                response.ScannedCount ?? 0
            );
            request.ExclusiveStartKey = response.LastEvaluatedKey;
            var units = response.ConsumedCapacity?.CapacityUnits ?? 0;
            await Task.Delay(TimeSpan.FromSeconds(units / unitsPerSecond), time, cancellationToken);
        } while (request.ExclusiveStartKey is { Count: > 0 });
    }

    private ScanRequest Request(string sortPrefix, IReadOnlyList<string> attributes)
    {
        var wanted = new Expression(
            string.Join(
                ", ",
                [
                    "#pk",
                    "#sk",
                    .. attributes.Select(a => $"#{a.Replace(".", ".#", StringComparison.Ordinal)}"),
                ]
            )
        );
        var filter = new Expression("begins_with(#sk, :prefix)", (":prefix", sortPrefix));
        return new ScanRequest(options.Value.TableName)
        {
            ConsistentRead = true,
            Limit = AtOnce,
            ProjectionExpression = wanted.Text,
            FilterExpression = filter.Text,
            ExpressionAttributeNames = Write.NamesOf(wanted, filter),
            ExpressionAttributeValues = Write.ValuesOf(filter),
            ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL,
        };
    }
}
