using System.Text.Json.Nodes;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// The control plane's own principal loses its permission at AWS. The local AWS is this class's own: everybody else needs that principal.
/// </summary>
public sealed class OwnPrincipalTests(Services services) : IAsyncLifetime
{
    private const int AppsEach = 4;

    private WebApplication? local;
    private TrustLab? lab;

    private Tenant[] tenants = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        local = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"]);
        await local.StartAsync(Token);
        lab = new TrustLab(services) { Behind = new Uri(local.Urls.Single()) };
        await lab.InitializeAsync();
        await lab.Aws.PutControlPlaneAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (lab is not null)
        {
            await lab.DisposeAsync();
        }

        if (local is not null)
        {
            await local.DisposeAsync();
        }
    }

    [Fact]
    public async Task While_the_control_plane_may_assume_no_role_its_operator_is_told_and_no_customer()
    {
        tenants =
        [
            await Tenant.CreateAsync(lab!.ControlPlane, Token),
            await Tenant.CreateAsync(lab.ControlPlane, Token),
        ];
        foreach (var tenant in Enumerable.Repeat(tenants, AppsEach).SelectMany(all => all))
        {
            (await tenant.RegisterAsync(Token)).Status().Should().Be("verified");
        }

        await lab.Aws.PutControlPlaneAsync(Token, Denied());
        foreach (var minutes in new[] { 1, 11, 11, 11 })
        {
            var before = await CallsAsync();
            lab.Clock.Advance(TimeSpan.FromMinutes(minutes));
            await Eventually.HoldsAsync(
                CallsAsync,
                calls => calls > before,
                TrustCalls.Limit,
                Token
            );
            await Eventually.HoldsAsync(
                () => Task.FromResult(Suspicions()),
                count => count == 1,
                TrustCalls.Limit,
                Token
            );
            (await AppsAsync(tenants))
                .Should()
                .OnlyContain(app => app.Status() == "verified" && !app.Warnings().Any());
        }

        var first = (await AppsAsync(tenants))[0];
        (await tenants[0].CredentialsAsync(first.Id())).IsProblem(409, "role_refused");

        await lab.Aws.PutControlPlaneAsync(Token);
        var mended = lab.Clock.GetUtcNow();
        lab.Clock.Advance(TimeSpan.FromMinutes(11));
        var checkedAgain = await Eventually.HoldsAsync(
            () => AppsAsync(tenants),
            apps =>
                apps.All(app =>
                    app["verification"]!["checkedAt"]!.GetValue<DateTimeOffset>() > mended
                ),
            TrustCalls.Limit,
            Token
        );
        checkedAgain
            .Should()
            .HaveCount(tenants.Length * AppsEach)
            .And.OnlyContain(app => app.Status() == "verified" && !app.Warnings().Any());
        (await tenants[0].CredentialsAsync(first.Id())).Is(200);
    }

    private async Task<int> CallsAsync()
    {
        var calls = 0;
        foreach (var app in await AppsAsync(tenants))
        {
            calls += lab!.Sts.Calls(app.Role()).Count;
        }

        return calls;
    }

    private int Suspicions() =>
        lab!.ControlPlane.Watch.Log.Count(line =>
            line.Contains("\"Id\":1505", StringComparison.Ordinal)
        );

    private static async Task<List<JsonObject>> AppsAsync(Tenant[] tenants)
    {
        var apps = new List<JsonObject>();
        foreach (var tenant in tenants)
        {
            var page = (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);
            apps.AddRange(page.Json["items"]!.AsArray().Select(app => app!.AsObject()));
        }

        return apps;
    }

    private static object Denied() =>
        new
        {
            Version = "2012-10-17",
            Statement = new[]
            {
                new
                {
                    Effect = "Deny",
                    Action = "sts:AssumeRole",
                    Resource = "*",
                },
            },
        };
}
