using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>The control plane that checks roles in the background is killed: another one does it within a minute.</summary>
public sealed class TakeoverTests
{
    private const string Role = "arn:aws:iam::123456789012:role/Orphaned";

    /// <summary>The promise.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_holders_work_moves_on_within_a_minute()
    {
        await using var installation = await Installation.StartAsync();
        var (holder, address) = await installation.StartControlPlaneAsync();
        await using var holding = holder;
        var key = await installation.NewApiKeyAsync(address);
        using var first = Installation.Client(address, key);

        // It holds the lease, for it does the work.
        var known = await RegisterUnknownAsync(first, installation);
        await VerifiedAsync(first, known);
        var (other, otherAddress) = await installation.StartControlPlaneAsync();
        await using var waiting = other;
        using var second = Installation.Client(otherAddress, key);
        var orphaned = await RegisterUnknownAsync(first, installation);

        holder.Kill();

        await VerifiedAsync(second, orphaned);
    }

    /// <summary>Registers an app whose role comes only after that.</summary>
    private static async Task<string> RegisterUnknownAsync(
        HttpClient deployment,
        Installation installation
    )
    {
        var role = $"{Role}-{Guid.NewGuid():N}";
        var externalId = await Installation.NewExternalIdAsync(deployment);
        var app = await Installation.PostAsync(
            deployment,
            "/v1/apps",
            Installation.App(role, externalId)
        );
        app["verification"]!["status"]!.GetValue<string>().Should().Be("pending");
        await installation.Aws.TrustAsync(role, externalId, Token);
        return app["appId"]!.GetValue<string>();
    }

    private static Task VerifiedAsync(HttpClient deployment, string app) =>
        Until.TrueAsync(
            async () =>
                (
                    await deployment.GetFromJsonAsync<JsonObject>(
                        new Uri($"/v1/apps/{app}", UriKind.Relative),
                        Token
                    )
                )!["verification"]!["status"]!.GetValue<string>() == "verified",
            Token,
            Limit
        );
}
