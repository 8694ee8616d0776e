using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Storage;

/// <summary>A table that somebody else made is looked at once, and what it lacks is told in one line.</summary>
public sealed class TableCheckTests(Services services)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_as_it_should_be_is_not_mentioned()
    {
        var table = await MakeAsync(request => { }, expiry: TableDefinition.TimeToLiveAttribute);

        (await EventsAsync(table)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_table_without_its_indexes_and_without_expiry_is_told_of_in_one_line()
    {
        var table = await MakeAsync(
            request =>
            {
                request.GlobalSecondaryIndexes = null;
                request.AttributeDefinitions.RemoveAll(a => a.AttributeName is not ("pk" or "sk"));
            },
            expiry: null
        );

        var line = (await EventsAsync(table)).Should().ContainSingle().Which;

        line.Should().Contain("\"Id\":1003").And.Contain("\"@l\":\"Error\"");
        foreach (var index in TableDefinition.CreateRequest(table).GlobalSecondaryIndexes)
        {
            line.Should().Contain($"the index '{index.IndexName}' is missing");
        }

        line.Should()
            .Contain("time to live is not on")
            .And.Contain("deploy/table.cloudformation.yaml");
    }

    [Fact]
    public async Task An_index_by_another_attribute_is_told_of()
    {
        var table = await MakeAsync(
            request =>
            {
                request.GlobalSecondaryIndexes[0].KeySchema[1].AttributeName = "sk";
                var used = request.GlobalSecondaryIndexes.SelectMany(i =>
                    i.KeySchema.Select(k => k.AttributeName)
                );
                request.AttributeDefinitions.RemoveAll(a =>
                    a.AttributeName is not ("pk" or "sk") && !used.Contains(a.AttributeName)
                );
            },
            expiry: TableDefinition.TimeToLiveAttribute
        );

        (await EventsAsync(table))
            .Should()
            .ContainSingle()
            .Which.Should()
            .Contain("has other keys");
    }

    [Fact]
    public async Task Without_the_permission_to_look_it_warns_and_serves()
    {
        var table = await MakeAsync(request => { }, expiry: TableDefinition.TimeToLiveAttribute);

        var line = (
            await EventsAsync(
                table,
                s => s.AddSingleton<IAmazonDynamoDB>(new Undescribed(services.DynamoDb))
            )
        )
            .Should()
            .ContainSingle()
            .Which;

        line.Should()
            .Contain("\"Id\":1004")
            .And.Contain("\"@l\":\"Warning\"")
            .And.Contain("dynamodb:DescribeTable")
            .And.Contain("the-request");
    }

    /// <summary>What a control plane over a table says of it until it serves.</summary>
    private async Task<List<string>> EventsAsync(
        string table,
        Action<IServiceCollection>? configure = null
    )
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:TableName"] = table,
                ["Buttonize:CreateTable"] = "false",
            },
            configure
        );
        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            Limit,
            Token
        );
        return
        [
            .. controlPlane.Watch.Log.Where(l =>
                l.Contains("\"Id\":1003", StringComparison.Ordinal)
                || l.Contains("\"Id\":1004", StringComparison.Ordinal)
            ),
        ];
    }

    private async Task<string> MakeAsync(Action<CreateTableRequest> change, string? expiry)
    {
        using var client = new AmazonDynamoDBClient(Config(services.DynamoDb));
        var request = TableDefinition.CreateRequest($"test-{Guid.NewGuid():N}");
        change(request);
        await client.CreateTableAsync(request, Token);
        if (expiry is not null)
        {
            await client.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = request.TableName,
                    TimeToLiveSpecification = new TimeToLiveSpecification
                    {
                        AttributeName = expiry,
                        Enabled = true,
                    },
                },
                Token
            );
        }

        return request.TableName;
    }

    private static AmazonDynamoDBConfig Config(Uri endpoint) =>
        new() { ServiceURL = endpoint.ToString(), AuthenticationRegion = "eu-central-1" };

    /// <summary>A DynamoDB whose policy does not allow looking at the table.</summary>
    private sealed class Undescribed(Uri endpoint) : AmazonDynamoDBClient(Config(endpoint))
    {
        public override Task<DescribeTableResponse> DescribeTableAsync(
            string tableName,
            CancellationToken cancellationToken = default
        ) =>
            throw new AmazonDynamoDBException(
                "not allowed",
                Amazon.Runtime.ErrorType.Sender,
                "AccessDeniedException",
                "the-request",
                System.Net.HttpStatusCode.BadRequest
            );
    }
}
