using Amazon.DynamoDBv2;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Tests.Storage;

/// <summary>
/// DynamoDB restores to a table of another name, with every item as it was. A control plane on it goes on where the first one was at that
/// moment: keys, sessions and claims.
/// </summary>
public sealed class RestoredTableTests(Services services)
{
    private readonly string original = $"test-{Guid.NewGuid():N}";
    private readonly string restored = $"test-{Guid.NewGuid():N}-restored";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restored_table_serves_what_the_first_one_served()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        await using var first = Start(kms, original);
        var tenant = await Tenant.CreateAsync(first, Token);
        var registration = await tenant.DeployAsync(Token);
        var app = await Tenant.PostAsync(tenant.Deployment, "/v1/apps", registration, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        await RestoreAsync();

        await using var again = Start(kms, restored, original, first);

        var credentials = $"{tenant.Root}/apps/{app["appId"]}/credentials";
        // The External ID is still known, and who is who.
        var owner = Elsewhere(tenant.Owner, again);
        (await owner.CallAsync(HttpMethod.Post, credentials, null, Token)).Is(200);
        (await Elsewhere(member.Client, again).GetAnswerAsync(tenant.Root, Token)).Is(200);
        var deployment = Elsewhere(tenant.Deployment, again);
        (await deployment.GetAnswerAsync($"/v1/apps/{app["appId"]}", Token)).Is(200);

        // Claims are found by keyed hashes: the External ID and the role are still this organization's.
        var thief = await Tenant.CreateAsync(
            again,
            again.WithToken(first.Provider.Token("thief")),
            Token
        );
        var stolen = await thief.Deployment.CallAsync(
            HttpMethod.Post,
            "/v1/apps",
            registration,
            Token
        );
        stolen.Is(201).Json["verification"]!["status"]!
            .GetValue<string>()
            .Should()
            .Be("pending", "a role of somebody else's is treated as one that refuses");
    }

    [Fact]
    public async Task Without_the_first_tables_name_it_does_not_start_and_says_what_is_missing()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        await using (Start(kms, original)) { }

        await RestoreAsync();

        var (status, error) = await ApiProcess.RunAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["AWS_REGION"] = "eu-central-1",
                ["AWS_ENDPOINT_URL_DYNAMODB"] = services.DynamoDb.ToString(),
                ["AWS_ENDPOINT_URL_KMS"] = kms.Address.ToString(),
                ["Authentication:Schemes:Bearer:Authority"] = "https://id.example.com",
                ["Authentication:Schemes:Bearer:ValidAudience"] = "buttonize",
                ["Buttonize:AccountId"] = Services.ControlPlaneAccount,
                ["Buttonize:TableName"] = restored,
                ["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId,
            },
            Token
        );
        status.Should().Be(1, error);
        error
            .TrimEnd('\n')
            .Should()
            .NotContain("\n")
            .And.Contain("Buttonize:Encryption:KmsContext");
    }

    /// <summary>What DynamoDB's restore does, which DynamoDB Local has not: a new table, and each item in it.</summary>
    private async Task RestoreAsync()
    {
        using var dynamoDb = new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig
            {
                ServiceURL = services.DynamoDb.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
        await dynamoDb.CreateTableAsync(TableDefinition.CreateRequest(restored), Token);
        using var from = new StoredTable(services.DynamoDb, original);
        using var to = new StoredTable(services.DynamoDb, restored);
        var items = await from.ScanAsync(Token);
        items.Should().NotBeEmpty();
        await to.PutManyAsync(items, Token);
    }

    private static HttpClient Elsewhere(HttpClient client, ControlPlane there) =>
        there.WithToken(client.DefaultRequestHeaders.Authorization!.Parameter!);

    private ControlPlane Start(
        KmsStub kms,
        string table,
        string? context = null,
        ControlPlane? like = null
    )
    {
        var settings = like?.SharedSettings() ?? new Dictionary<string, string?>();
        settings["Buttonize:TableName"] = table;
        settings["Buttonize:Encryption:KeyFile"] = null;
        settings["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId;
        settings["Buttonize:Encryption:KmsContext"] = context;
        settings["AWS_ENDPOINT_URL_KMS"] = kms.Address.ToString();
        return ControlPlane.Start(services, settings);
    }
}
