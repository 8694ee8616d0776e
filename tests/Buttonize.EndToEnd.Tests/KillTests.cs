using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> at every write of a registration, before and after DynamoDB has done it: what is stored is nothing or a whole
/// registration, and the retry with the same idempotency key completes with one app.
/// </summary>
public sealed class KillTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::123456789012:role/Killed";

    /// <summary>How long the use of an idempotency key may seem to be at work after its process died.</summary>
    private static readonly TimeSpan InProgressLimit = TimeSpan.FromSeconds(30);

    private Installation installation = null!;
    private WriteGate gate = null!;
    private AmazonDynamoDBClient direct = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registration_is_there_whole_or_not_at_all()
    {
        var kills = 0;
        var (key, _) = await WithControlPlaneAsync((http, _) => NewApiKeyAsync(http));
        foreach (var after in new[] { false, true })
        {
            for (
                var write = 1;
                await KillAtAsync(
                    write,
                    after,
                    $"{Role}-{after}-{write}",
                    key,
                    expected: "verified"
                );
                write++
            )
            {
                kills++;
            }
        }

        kills
            .Should()
            .BeGreaterThanOrEqualTo(2, "there is at least one write to be killed before and after");
    }

    [Fact]
    public async Task Nor_is_one_half_there_whose_role_another_organization_holds()
    {
        var kills = 0;
        var (key, role) = await WithControlPlaneAsync(
            async (http, _) =>
            {
                // Somebody else has the role already, so a registration makes two attempts to write.
                var held = $"{Role}-held";
                using var other = new HttpClient { BaseAddress = http.BaseAddress };
                other.DefaultRequestHeaders.Authorization = new(
                    "Bearer",
                    await NewApiKeyAsync(http)
                );
                await RegisterAsync(
                    other,
                    held,
                    null,
                    await Installation.NewExternalIdAsync(other)
                );
                return (await NewApiKeyAsync(http), held);
            }
        );
        foreach (var after in new[] { false, true })
        {
            for (
                var write = 1;
                await KillAtAsync(write, after, role, key, expected: "pending");
                write++
            )
            {
                kills++;
            }
        }

        kills
            .Should()
            .BeGreaterThanOrEqualTo(4, "there are two writes to be killed before and after");
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

    /// <summary>Kills the control plane at a write of a registration, looks at what is stored, and tries again.</summary>
    /// <returns>Whether there was such a write.</returns>
    private async Task<bool> KillAtAsync(
        int write,
        bool after,
        string role,
        string apiKey,
        string expected
    )
    {
        var idempotencyKey = $"{role}-{after}-{write}";
        var before = await AppsAsync();
        var externalId = "";
        await WithControlPlaneAsync(
            async (http, process) =>
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    apiKey
                );
                externalId = await Installation.NewExternalIdAsync(http);
                gate.At(write, after, process.Kill);
                try
                {
                    await RegisterAsync(http, role, idempotencyKey, externalId);
                }
                catch (HttpRequestException)
                {
                    // It was killed.
                }

                process.Output.Should().NotContain(externalId).And.NotContain(apiKey);

                return true;
            }
        );
        var happened = gate.Open();
        var stored = (await AppsAsync()).Except(before, StringComparer.Ordinal).ToList();
        stored.Should().HaveCountLessThanOrEqualTo(1);
        foreach (var app in stored)
        {
            await ShouldBeWholeAsync(app, role, expected);
        }

        var retried = await WithControlPlaneAsync(
            async (http, _) =>
            {
                http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    apiKey
                );
                return await RetryAsync(http, role, idempotencyKey, externalId);
            }
        );
        var now = (await AppsAsync()).Except(before, StringComparer.Ordinal).ToList();
        now.Should().Equal([retried["appId"]!.GetValue<string>()]);
        stored.Should().BeSubsetOf(now, "the retry answers the app that was there");
        retried["verification"]!["status"]!.GetValue<string>().Should().Be(expected);
        await ShouldBeWholeAsync(now[0], role, expected);
        return happened;
    }

    /// <summary>
    /// An app has its idempotency record, and its claims if it is verified. A use of a key that is still at work names no app.
    /// </summary>
    private async Task ShouldBeWholeAsync(string app, string role, string status)
    {
        var items = await ItemsAsync();
        items
            .Should()
            .ContainSingle(i =>
                i["sk"].S.StartsWith("IDEMPOTENCY#", StringComparison.Ordinal)
                && i.ContainsKey("appId")
                && i["appId"].S == app
            );
        var claim = items.SingleOrDefault(i => i["pk"].S == $"ROLE#{role.ToLowerInvariant()}");
        claim.Should().NotBeNull();
        var organization = items.Single(i => i["sk"].S == $"APP#{app}")["organizationId"].S;
        (claim!["organizationId"].S == organization).Should().Be(status == "verified");
        claim["apps"].N.Should().Be("1");
    }

    private async Task<List<string>> AppsAsync() =>
        [
            .. (await ItemsAsync())
                .Where(i => i["sk"].S.StartsWith("APP#", StringComparison.Ordinal))
                .Select(i => i["appId"].S),
        ];

    private async Task<List<Dictionary<string, AttributeValue>>> ItemsAsync() =>
        (
            await direct.ScanAsync(
                new ScanRequest(installation.Table) { ConsistentRead = true },
                Token
            )
        ).Items;

    private async Task<T> WithControlPlaneAsync<T>(Func<HttpClient, Dotnet, Task<T>> use)
    {
        var (process, address) = await installation.StartControlPlaneAsync(gate.Address);
        await using var controlPlane = process;
        using var http = new HttpClient { BaseAddress = address };
        return await use(http, controlPlane);
    }

    private Task<(string Key, string Role)> WithControlPlaneAsync(
        Func<HttpClient, Dotnet, Task<string>> use
    ) =>
        WithControlPlaneAsync<(string, string)>(
            async (http, process) => (await use(http, process), "")
        );

    private Task<string> NewApiKeyAsync(HttpClient http) =>
        installation.NewApiKeyAsync(http.BaseAddress!);

    private async Task<JsonObject> RegisterAsync(
        HttpClient deployment,
        string role,
        string? idempotencyKey,
        string externalId
    )
    {
        await installation.Aws.TrustAsync(role, externalId, Token);
        return Installation.Made(
            await Installation.SendAsync(
                deployment,
                "/v1/apps",
                Installation.App(role, externalId),
                idempotencyKey
            )
        );
    }

    /// <summary>Registers again once the use of the key that died does not seem to be at work any more.</summary>
    private static async Task<JsonObject> RetryAsync(
        HttpClient deployment,
        string role,
        string idempotencyKey,
        string externalId
    )
    {
        (HttpStatusCode Status, string Text) answer = default;
        await Until.TrueAsync(
            async () =>
            {
                answer = await Installation.SendAsync(
                    deployment,
                    "/v1/apps",
                    Installation.App(role, externalId),
                    idempotencyKey
                );
                return answer.Status != HttpStatusCode.Conflict
                    || (string?)JsonNode.Parse(answer.Text)!["code"] != "request_in_progress";
            },
            Token,
            InProgressLimit
        );
        return Installation.Made(answer);
    }
}
