using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;
using Buttonize.Local.DynamoDb;
using Buttonize.Local.OpenId;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;

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

    private readonly string table = $"kill-{Guid.NewGuid():N}";
    private readonly string keyFile = Path.Join(
        Path.GetTempPath(),
        $"buttonize-kill-{Guid.NewGuid():N}.key"
    );
    private DynamoDbLocal dynamoDb = null!;
    private OpenIdProvider openId = null!;
    private WriteGate gate = null!;
    private WebApplication localAws = null!;
    private LocalAwsClient aws = null!;
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
                await RegisterAsync(other, held, null, await NewExternalIdAsync(other));
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
        dynamoDb = await DynamoDbLocal.StartAsync(null, Token);
        openId = await OpenIdProvider.StartAsync(0, Token);
        gate = await WriteGate.StartAsync(dynamoDb.Endpoint, Token);
        localAws = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]);
        await localAws.StartAsync(Token);
        aws = new LocalAwsClient(new Uri(localAws.Urls.Single()));
        await aws.PutControlPlaneAsync(Token);
        direct = new AmazonDynamoDBClient(
            new BasicAWSCredentials(
                LocalAwsClient.ControlPlaneKeyId,
                LocalAwsClient.ControlPlaneSecret
            ),
            new AmazonDynamoDBConfig
            {
                ServiceURL = dynamoDb.Endpoint.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        direct.Dispose();
        await localAws.DisposeAsync();
        await gate.DisposeAsync();
        await openId.DisposeAsync();
        await dynamoDb.DisposeAsync();
        File.Delete(keyFile);
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
                externalId = await NewExternalIdAsync(http);
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
        (await direct.ScanAsync(new ScanRequest(table) { ConsistentRead = true }, Token)).Items;

    private async Task<T> WithControlPlaneAsync<T>(Func<HttpClient, Dotnet, Task<T>> use)
    {
        var port = Until.FreePort();
        await using var controlPlane = Dotnet.Start(
            "Buttonize.Api.dll",
            new Dictionary<string, string>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["AWS_REGION"] = "eu-central-1",
                ["AWS_ACCESS_KEY_ID"] = LocalAwsClient.ControlPlaneKeyId,
                ["AWS_SECRET_ACCESS_KEY"] = LocalAwsClient.ControlPlaneSecret,
                ["AWS_ENDPOINT_URL_DYNAMODB"] = gate.Address.ToString(),
                ["AWS_ENDPOINT_URL_STS"] = localAws.Urls.Single(),
                ["Authentication__Schemes__Bearer__Authority"] = openId.Issuer.ToString(),
                ["Authentication__Schemes__Bearer__ValidAudience"] = OpenIdProvider.Audience,
                ["Authentication__Schemes__Bearer__RequireHttpsMetadata"] = "false",
                ["Buttonize__AccountId"] = LocalAwsClient.ControlPlaneAccount,
                ["Buttonize__TableName"] = table,
                ["Buttonize__Encryption__KeyFile"] = keyFile,
            }
        );
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await controlPlane.SaysAsync("Application started", Token);
        return await use(http, controlPlane);
    }

    private Task<(string Key, string Role)> WithControlPlaneAsync(
        Func<HttpClient, Dotnet, Task<string>> use
    ) =>
        WithControlPlaneAsync<(string, string)>(
            async (http, process) => (await use(http, process), "")
        );

    private async Task<string> NewApiKeyAsync(HttpClient http)
    {
        using var grant = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "password",
                ["client_id"] = OpenIdProvider.ClientId,
                ["username"] = "ada",
                ["password"] = "ada",
            }
        );
        using var anonymous = new HttpClient();
        using var token = await anonymous.PostAsync(openId.TokenEndpoint, grant, Token);
        token.EnsureSuccessStatusCode();
        var accessToken = (await token.Content.ReadFromJsonAsync<JsonObject>(Token))![
            "access_token"
        ]!.GetValue<string>();
        using var owner = new HttpClient { BaseAddress = http.BaseAddress };
        owner.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            accessToken
        );
        var organization = await PostAsync(owner, "/v1/organizations", new { name = "Killed" });
        var key = await PostAsync(
            owner,
            $"/v1/organizations/{organization["organizationId"]}/api-keys",
            new { name = "CI" }
        );
        return key["apiKey"]!.GetValue<string>();
    }

    private static async Task<string> NewExternalIdAsync(HttpClient deployment) =>
        (await PostAsync(deployment, "/v1/external-ids", null))["externalId"]!.GetValue<string>();

    private async Task<JsonObject> RegisterAsync(
        HttpClient deployment,
        string role,
        string? idempotencyKey,
        string externalId
    )
    {
        await aws.TrustAsync(role, externalId, Token);
        return Made(await SendAsync(deployment, "/v1/apps", App(role, externalId), idempotencyKey));
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
                answer = await SendAsync(
                    deployment,
                    "/v1/apps",
                    App(role, externalId),
                    idempotencyKey
                );
                return answer.Status != HttpStatusCode.Conflict
                    || (string?)JsonNode.Parse(answer.Text)!["code"] != "request_in_progress";
            },
            Token,
            InProgressLimit
        );
        return Made(answer);
    }

    private static object App(string role, string externalId) =>
        new
        {
            name = "Killed",
            executionRoleArn = role,
            externalId,
            region = "eu-central-1",
        };

    private static async Task<JsonObject> PostAsync(HttpClient client, string path, object? body) =>
        Made(await SendAsync(client, path, body));

    private static JsonObject Made((HttpStatusCode Status, string Text) answer) =>
        answer.Status == HttpStatusCode.Created
            ? JsonNode.Parse(answer.Text)!.AsObject()
            : throw new InvalidOperationException($"{(int)answer.Status} {answer.Text}");

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(
        HttpClient client,
        string path,
        object? body,
        string? idempotencyKey = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await client.SendAsync(request, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }
}
