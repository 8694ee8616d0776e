using System.Net.Http.Json;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;
using Buttonize.Local.Stack;
using Microsoft.Playwright;

namespace Buttonize.EndToEnd.Tests.Browser;

/// <summary>Everything as the launcher starts it, and a Chromium to look at it.</summary>
public sealed class PageLab : IAsyncLifetime
{
    private LocalEnvironment? environment;
    private Chromium? chromium;

    /// <summary>Whether there are a browser and a page.</summary>
    public bool IsRunning => chromium is not null;

    public Uri ControlPlane => environment!.ControlPlane;

    public Uri Lambda => environment!.LocalAws;

    /// <summary>The customers' side of local AWS.</summary>
    public LocalAwsClient Aws { get; private set; } = null!;

    private static bool HasPage =>
        File.Exists(Path.Join(AppContext.BaseDirectory, "console", "index.html"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Find() is not { } program || !HasPage)
        {
            return;
        }

        environment = await LocalEnvironment.StartAsync(
            new LocalEnvironmentOptions
            {
                ApiPort = 0,
                AwsPort = 0,
                OpenIdPort = 0,
            },
            progress: null,
            Token
        );
        Aws = new LocalAwsClient(environment.LocalAws);
        await WarmUpAsync(environment.ControlPlane);
        chromium = await Chromium.StartAsync(program);
    }

    /// <summary>A page of its own, as in a new window; skips the test where there is no Chromium.</summary>
    public async Task<BrowserPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        if (chromium is null)
        {
            Prerequisite.Missing(
                "There is no Chromium on PATH (Debian: apt-get install chromium), or this was built without npm and so without the page."
            );
        }

        return await BrowserPage.OpenAsync(await chromium!.Browser.NewContextAsync(options), this);
    }

    /// <summary>An organization of Ada's with one app, whose role allows one function.</summary>
    /// <param name="name">The app's name.</param>
    /// <param name="command">The function: its event comes on standard input.</param>
    public Task<DeployedApp> DeployAsync(string name, params string[] command) =>
        DeployAsync(name, roleMayInvoke: true, command);

    /// <inheritdoc cref="DeployAsync(string, string[])"/>
    public async Task<DeployedApp> DeployAsync(
        string name,
        bool roleMayInvoke,
        params string[] command
    )
    {
        using var owner = Installation.Client(ControlPlane, await AccessTokenAsync());
        var organization = await Installation.PostAsync(
            owner,
            "/v1/organizations",
            new { name = $"Company of {name}" }
        );
        var organizationId = organization["organizationId"]!.GetValue<string>();
        var key = await Installation.PostAsync(
            owner,
            $"/v1/organizations/{organizationId}/api-keys",
            new { name = "deployments" }
        );
        using var deployment = Installation.Client(ControlPlane, key["apiKey"]!.GetValue<string>());
        var externalId = await Installation.NewExternalIdAsync(deployment);
        var unique = Guid.NewGuid().ToString("N")[..12];
        var role = $"arn:aws:iam::123456789012:role/page-{unique}";
        var function = $"arn:aws:lambda:eu-central-1:123456789012:function:page-{unique}";
        await Aws.TrustAsync(role, externalId, Token, roleMayInvoke ? [function] : []);
        await PutFunctionAsync(function, command);
        var app = await Installation.PostAsync(
            deployment,
            "/v1/apps?wait=20",
            new
            {
                name,
                description = "Made by a test",
                executionRoleArn = role,
                externalId,
                region = LocalEnvironment.Region,
                functionArns = new[] { function },
            }
        );
        app["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        return new DeployedApp(organizationId, app["appId"]!.GetValue<string>(), role, function);
    }

    /// <summary>An organization of Ada's, and an API key of it.</summary>
    public async Task<(string OrganizationId, string ApiKey)> NewOrganizationAsync(string name)
    {
        using var owner = Installation.Client(ControlPlane, await AccessTokenAsync());
        var organization = await Installation.PostAsync(owner, "/v1/organizations", new { name });
        var organizationId = organization["organizationId"]!.GetValue<string>();
        var key = await Installation.PostAsync(
            owner,
            $"/v1/organizations/{organizationId}/api-keys",
            new { name = "deployments" }
        );
        return (organizationId, key["apiKey"]!.GetValue<string>());
    }

    /// <summary>Suspends an app, as its owner would.</summary>
    public async Task SuspendAsync(DeployedApp app, string reason)
    {
        using var owner = Installation.Client(ControlPlane, await AccessTokenAsync());
        using var answer = await owner.PutAsJsonAsync(
            $"/v1/organizations/{app.OrganizationId}/apps/{app.AppId}/suspension",
            new { reason },
            Token
        );
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
        {
            await chromium.DisposeAsync();
        }

        if (environment is not null)
        {
            await environment.DisposeAsync();
        }
    }

    private Task<string> AccessTokenAsync() =>
        Installation.AccessTokenAsync(new Uri(environment!.OpenId, "connect/token"));

    /// <summary>On a busy machine the provider's first answer can take longer than the control plane waits for it.</summary>
    private static async Task WarmUpAsync(Uri controlPlane)
    {
        using var http = new HttpClient();
        await Until.TrueAsync(
            async () =>
            {
                using var answer = await http.GetAsync(
                    new Uri(controlPlane, "console/configuration"),
                    Token
                );
                return answer.IsSuccessStatusCode;
            },
            Token
        );
    }

    private async Task PutFunctionAsync(string functionArn, string[] command)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri(Lambda, "_local/functions"),
            new
            {
                functionArn,
                command,
                timeoutSeconds = 60,
            },
            Token
        );
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>An app that a test deployed.</summary>
public sealed record DeployedApp(
    string OrganizationId,
    string AppId,
    string RoleArn,
    string FunctionArn
);
