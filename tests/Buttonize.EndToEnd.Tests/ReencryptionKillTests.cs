using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> of <c>keys reencrypt</c> at a write, before and after DynamoDB has done it, while an instance serves: the next run does
/// what is left, and every app issues at every time.
/// </summary>
public sealed class ReencryptionKillTests : IAsyncLifetime
{
    private const int Apps = 3;

    private Installation installation = null!;
    private WriteGate gate = null!;
    private AmazonDynamoDBClient direct = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_run_that_was_killed_is_completed_by_the_next(bool after, int done)
    {
        var (process, address) = await installation.StartControlPlaneAsync();
        await using var controlPlane = process;
        using var owner = await installation.SignedInAsync(address);
        var (organization, apiKey) = await Installation.NewOrganizationAsync(owner);
        using var deployment = Installation.Client(address, apiKey);
        var apps = new List<string>();
        for (var i = 0; i < Apps; i++)
        {
            var role = $"arn:aws:iam::123456789012:role/Reencrypted-{after}-{i}";
            var externalId = await Installation.NewExternalIdAsync(deployment);
            await installation.Aws.TrustAsync(role, externalId, Token);
            var app = await Installation.PostAsync(
                deployment,
                "/v1/apps",
                Installation.App(role, externalId)
            );
            apps.Add(app["appId"]!.GetValue<string>());
        }

        await using (var rotation = installation.StartCommand(null, "keys", "rotate"))
        {
            (await rotation.ExitAsync(Token)).Should().Be(0, rotation.Errors);
        }

        await using (var killed = installation.StartCommand(gate.Address, "keys", "reencrypt"))
        {
            gate.At(2, after, killed.Kill, updates: true);
            (await killed.ExitAsync(Token)).Should().NotBe(0);
        }

        gate.Open().Should().BeTrue("it was killed at its second write");
        (await KeysAsync())
            .Should()
            .Equal([.. Enumerable.Repeat(1, Apps - done), .. Enumerable.Repeat(2, done)]);
        await IssueAsync();

        await using (var resumed = installation.StartCommand(null, "keys", "reencrypt"))
        {
            (await resumed.ExitAsync(Token)).Should().Be(0, resumed.Errors);
            resumed.Errors.Should().Contain($"{Apps - done} External IDs were encrypted anew");
        }

        (await KeysAsync()).Should().OnlyContain(key => key == 2).And.HaveCount(Apps);
        await IssueAsync();

        async Task IssueAsync()
        {
            foreach (var app in apps)
            {
                using var answer = await owner.PostAsync(
                    $"/v1/organizations/{organization}/apps/{app}/credentials",
                    null,
                    Token
                );
                answer.IsSuccessStatusCode.Should().BeTrue();
            }
        }
    }

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.StartAsync();
        gate = await WriteGate.StartAsync(installation.DynamoDb.Endpoint, Token);
        direct = new AmazonDynamoDBClient(
            new BasicAWSCredentials(
                LocalAwsClient.ControlPlaneKeyId,
                LocalAwsClient.ControlPlaneSecret
            ),
            new AmazonDynamoDBConfig
            {
                ServiceURL = installation.DynamoDb.Endpoint.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        direct.Dispose();
        await gate.DisposeAsync();
        await installation.DisposeAsync();
    }

    /// <summary>Which data keys the stored External IDs name.</summary>
    private async Task<List<int>> KeysAsync()
    {
        var items = await direct.ScanAsync(
            new ScanRequest(installation.Table) { ConsistentRead = true },
            Token
        );
        return
        [
            .. items
                .Items.Where(i => i["sk"].S.StartsWith("APP#", StringComparison.Ordinal))
                .Select(i => i["externalId"].B.ToArray())
                .Select(c => (c[0] << 8) | c[1])
                .Order(),
        ];
    }
}
