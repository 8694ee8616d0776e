using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;

namespace Buttonize.Benchmarks;

/// <summary>What reads and writes cost.</summary>
/// <param name="Calls">Requests to DynamoDB.</param>
/// <param name="Items">Items that DynamoDB read, also those that a filter left out.</param>
/// <param name="Units">Read or write units, as DynamoDB counts them.</param>
internal sealed record Cost(int Calls, int Items, double Units)
{
    public Cost Plus(int items, double units) => new(Calls + 1, Items + items, Units + units);
}

/// <summary>A DynamoDB client that adds up what its queries and puts cost.</summary>
internal sealed class CountedDynamoDb(Uri endpoint)
    : AmazonDynamoDBClient(
        new BasicAWSCredentials("local", "local"),
        new AmazonDynamoDBConfig
        {
            ServiceURL = endpoint.ToString(),
            AuthenticationRegion = "eu-central-1",
        }
    )
{
    private readonly Lock gate = new();

    public Cost Reads { get; set; } = new(0, 0, 0);

    public Cost Writes { get; private set; } = new(0, 0, 0);

    /// <inheritdoc/>
    public override async Task<QueryResponse> QueryAsync(
        QueryRequest request,
        CancellationToken cancellationToken = default
    )
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.QueryAsync(request, cancellationToken);
        Reads = Reads.Plus(
            response.ScannedCount ?? 0,
            response.ConsumedCapacity.CapacityUnits ?? 0
        );
        return response;
    }

    /// <inheritdoc/>
    public override async Task<PutItemResponse> PutItemAsync(
        PutItemRequest request,
        CancellationToken cancellationToken = default
    )
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.PutItemAsync(request, cancellationToken);
        lock (gate)
        {
            Writes = Writes.Plus(1, response.ConsumedCapacity.CapacityUnits ?? 0);
        }

        return response;
    }
}
