using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.Local.DynamoDb;
using Buttonize.Local.OpenId;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;

namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>
/// What control planes run on: a DynamoDB, a local AWS, an OpenID provider, a key file and a table's name. Each control plane is a
/// process of its own.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly string keyFile = Path.Join(
        Path.GetTempPath(),
        $"buttonize-end-to-end-{Guid.NewGuid():N}.key"
    );
    private OpenIdProvider openId = null!;
    private WebApplication localAws = null!;

    private Installation() { }

    public string Table { get; } = $"end-to-end-{Guid.NewGuid():N}";

    public DynamoDbLocal DynamoDb { get; private set; } = null!;

    public LocalAwsClient Aws { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Installation> StartAsync()
    {
        var installation = new Installation
        {
            DynamoDb = await DynamoDbLocal.StartAsync(null, Token),
            openId = await OpenIdProvider.StartAsync(0, Token),
            localAws = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]),
        };
        await installation.localAws.StartAsync(Token);
        installation.Aws = new LocalAwsClient(new Uri(installation.localAws.Urls.Single()));
        await installation.Aws.PutControlPlaneAsync(Token);
        return installation;
    }

    /// <summary>Starts a control plane, and waits until it answers.</summary>
    /// <param name="dynamoDb">What it takes for DynamoDB, where that is not DynamoDB itself.</param>
    /// <param name="at">Where it listens; by default where nobody does yet.</param>
    /// <param name="settings">Configuration that differs from the usual one.</param>
    public async Task<(Dotnet Process, Uri Address)> StartControlPlaneAsync(
        Uri? dynamoDb = null,
        Uri? at = null,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var address = at ?? new Uri($"http://127.0.0.1:{Until.FreePort()}");
        var environment = Environment(dynamoDb);
        environment["ASPNETCORE_URLS"] = address.GetLeftPart(UriPartial.Authority);
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
        {
            environment[key] = value;
        }

        var controlPlane = Dotnet.Start("Buttonize.Api.dll", environment);
        await controlPlane.SaysAsync("Application started", Token);
        return (controlPlane, address);
    }

    /// <summary>Starts one of the operator's commands.</summary>
    /// <param name="dynamoDb">What it takes for DynamoDB, where that is not DynamoDB itself.</param>
    /// <param name="arguments">The command.</param>
    public Dotnet StartCommand(Uri? dynamoDb, params string[] arguments) =>
        Dotnet.Start("Buttonize.Api.dll", Environment(dynamoDb), arguments);

    private Dictionary<string, string> Environment(Uri? dynamoDb) =>
        new(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ACCESS_KEY_ID"] = LocalAwsClient.ControlPlaneKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = LocalAwsClient.ControlPlaneSecret,
            ["AWS_ENDPOINT_URL_DYNAMODB"] = (dynamoDb ?? DynamoDb.Endpoint).ToString(),
            ["AWS_ENDPOINT_URL_STS"] = localAws.Urls.Single(),
            ["Authentication__Schemes__Bearer__Authority"] = openId.Issuer.ToString(),
            ["Authentication__Schemes__Bearer__ValidAudience"] = OpenIdProvider.Audience,
            ["Authentication__Schemes__Bearer__RequireHttpsMetadata"] = "false",
            ["Buttonize__AccountId"] = LocalAwsClient.ControlPlaneAccount,
            ["Buttonize__TableName"] = Table,
            ["Buttonize__Encryption__KeyFile"] = keyFile,
        };

    /// <summary>Makes an organization and an API key of it.</summary>
    public async Task<string> NewApiKeyAsync(Uri controlPlane)
    {
        using var owner = await SignedInAsync(controlPlane);
        return (await NewOrganizationAsync(owner)).ApiKey;
    }

    /// <summary>A client of Ada's.</summary>
    public async Task<HttpClient> SignedInAsync(Uri controlPlane) =>
        Client(controlPlane, await AccessTokenAsync(openId.TokenEndpoint));

    /// <summary>Makes an organization and an API key of it.</summary>
    public static async Task<(string Id, string ApiKey)> NewOrganizationAsync(HttpClient owner)
    {
        var organization = await PostAsync(owner, "/v1/organizations", new { name = "Example" });
        var key = await PostAsync(
            owner,
            $"/v1/organizations/{organization["organizationId"]}/api-keys",
            new { name = "CI" }
        );
        return (
            organization["organizationId"]!.GetValue<string>(),
            key["apiKey"]!.GetValue<string>()
        );
    }

    /// <summary>An access token of Ada's.</summary>
    public static async Task<string> AccessTokenAsync(Uri tokenEndpoint)
    {
        using var http = new HttpClient();
        using var grant = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "password",
                ["client_id"] = OpenIdProvider.ClientId,
                ["username"] = DemoPerson.Ada.UserName,
                ["password"] = DemoPerson.Ada.Password,
            }
        );
        using var answer = await http.PostAsync(tokenEndpoint, grant, Token);
        answer.EnsureSuccessStatusCode();
        var token = await answer.Content.ReadFromJsonAsync<JsonObject>(Token);
        return token!["access_token"]!.GetValue<string>();
    }

    /// <summary>A client with a bearer token.</summary>
    public static HttpClient Client(Uri controlPlane, string bearer)
    {
        var client = new HttpClient { BaseAddress = controlPlane };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            bearer
        );
        return client;
    }

    /// <summary>The body of a registration.</summary>
    public static object App(string role, string externalId) =>
        new
        {
            name = "Example",
            executionRoleArn = role,
            externalId,
            region = "eu-central-1",
        };

    /// <summary>Makes an External ID.</summary>
    public static async Task<string> NewExternalIdAsync(HttpClient deployment) =>
        (await PostAsync(deployment, "/v1/external-ids", null))["externalId"]!.GetValue<string>();

    /// <summary>Posts, and wants 201.</summary>
    public static async Task<JsonObject> PostAsync(HttpClient client, string path, object? body) =>
        Made(await SendAsync(client, path, body));

    /// <summary>The body of a 201.</summary>
    public static JsonObject Made((HttpStatusCode Status, string Text) answer) =>
        answer.Status == HttpStatusCode.Created
            ? JsonNode.Parse(answer.Text)!.AsObject()
            : throw new InvalidOperationException($"{(int)answer.Status} {answer.Text}");

    /// <summary>Posts.</summary>
    public static async Task<(HttpStatusCode Status, string Text)> SendAsync(
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

    public async ValueTask DisposeAsync()
    {
        await localAws.DisposeAsync();
        await openId.DisposeAsync();
        await DynamoDb.DisposeAsync();
        File.Delete(keyFile);
    }
}
