using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>The main call in its three formats.</summary>
public sealed class MainCallTests(Services services) : IAsyncLifetime
{
    private readonly ControlPlane controlPlane = ControlPlane.Start(services);
    private readonly LocalAwsClient aws = new(services.Aws);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_gets_a_session_in_their_name()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token, name: "Zoë");
        var me = await tenant.Owner.GetFromJsonAsync<JsonObject>("/v1/me", Token);
        var app = await tenant.DeployAsync(aws, Token);

        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        var body = await response.Content.ReadFromJsonAsync<JsonObject>(Token);
        var identity = $"btnz__{me!["userId"]}__Zoe";
        body!["sourceIdentity"]!.GetValue<string>().Should().Be(identity);
        body["assumedRoleArn"]!.GetValue<string>().Should().EndWith($"/{identity}");
        body["accountId"]!.GetValue<string>().Should().Be("123456789012");
        body["region"]!.GetValue<string>().Should().Be("eu-central-1");
        body["credentials"]!["accessKeyId"]!.GetValue<string>().Should().StartWith("ASIA");
        var serverTime = body["serverTime"]!.GetValue<DateTimeOffset>();
        var expiration = body["credentials"]!["expiration"]!.GetValue<DateTimeOffset>();
        (expiration - serverTime)
            .Should()
            .BeCloseTo(TimeSpan.FromSeconds(900), TimeSpan.FromSeconds(10));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => controlPlane.DisposeAsync();
}
