using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Storage;
using Buttonize.Local.DynamoDb;

namespace Buttonize.Api.Tests.Storage;

/// <summary>
/// A table that was made by an earlier version gets the indexes that it lacks, and what is in it stays. In a DynamoDB Local of its own: one that
/// has hundreds of tables takes minutes for an index.
/// </summary>
public sealed class TableCreationTests(Services services) : IAsyncLifetime
{
    private DynamoDbLocal dynamoDb = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        dynamoDb = await DynamoDbLocal.StartAsync(null, Token);

    public ValueTask DisposeAsync() => dynamoDb.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_table_of_fewer_indexes_gets_the_others(int indexes)
    {
        using var client = new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig
            {
                ServiceURL = dynamoDb.Endpoint.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
        var name = $"test-{Guid.NewGuid():N}";
        await client.CreateTableAsync(Earlier(name, indexes), Token);

        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:TableName"] = name,
                ["AWS_ENDPOINT_URL_DYNAMODB"] = dynamoDb.Endpoint.ToString(),
            }
        );
        var there = await Eventually.HoldsAsync(
            () => IndexesAsync(client, name),
            all =>
                all.Count == TableDefinition.Indexes.Count
                && all.TrueForAll(i => i.IndexStatus == IndexStatus.ACTIVE),
            TimeSpan.FromMinutes(1),
            Token
        );
        there
            .Select(i => i.IndexName)
            .Should()
            .BeEquivalentTo(TableDefinition.Indexes.Select(i => i.Name));
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{app["appId"]}/credentials",
                null,
                Token
            )
        ).Is(200);

        (await tenant.Owner.ListAsync($"{tenant.Root}/issuances?appId={app["appId"]}", Token))
            .Should()
            .ContainSingle();
    }

    private static async Task<List<GlobalSecondaryIndexDescription>> IndexesAsync(
        AmazonDynamoDBClient client,
        string name
    ) => (await client.DescribeTableAsync(name, Token)).Table.GlobalSecondaryIndexes ?? [];

    private static CreateTableRequest Earlier(string name, int indexes)
    {
        var request = TableDefinition.CreateRequest(name);
        request.GlobalSecondaryIndexes =
            indexes == 0 ? null : request.GlobalSecondaryIndexes[..indexes];
        var used = request
            .KeySchema.Concat(request.GlobalSecondaryIndexes?.SelectMany(i => i.KeySchema) ?? [])
            .Select(k => k.AttributeName)
            .ToHashSet();
        request.AttributeDefinitions =
        [
            .. request.AttributeDefinitions.Where(a => used.Contains(a.AttributeName)),
        ];
        return request;
    }
}
