using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>
/// Two instances behind nginx, configured as operators are told to, are restarted one after the other while people ask for sessions:
/// nobody notices.
/// </summary>
public sealed class RollingRestartTests : IAsyncLifetime
{
    private const string Role = "arn:aws:iam::123456789012:role/Rolling";
    private const int Callers = 8;

    /// <summary>How many answers have to come in each stage before the next begins.</summary>
    private const int Enough = 100;

    /// <summary>A shorter drain than in a deployment, and limits that the load stays below.</summary>
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["Buttonize__DrainSeconds"] = "1",
        ["Buttonize__TrustedProxies__0"] = "127.0.0.1",
        ["Buttonize__Limits__CredentialsPerUserPerMinute"] = "100000",
        ["Buttonize__Limits__AssumeRolePerOrganizationPerSecond"] = "100000",
        ["Buttonize__Limits__AssumeRolePerSecond"] = "100000",
    };

    private readonly ConcurrentQueue<string> failures = new();
    private readonly List<Dotnet> instances = [];
    private Installation installation = null!;
    private int requests;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_fails()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        await using var nginx = await Nginx.StartAsync(first.Address, second.Address, Token);
        using var owner = await installation.SignedInAsync(nginx.Address);
        var path = await NewAppAsync(owner);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var callers = Task.WhenAll(
            Enumerable.Range(0, Callers).Select(_ => CallAsync(owner, path, stop.Token))
        );

        await RestartAsync(first);
        await RestartAsync(second);

        await stop.CancelAsync();
        await callers;
        TestContext.Current.SendDiagnosticMessage(
            $"Rolling restart: {requests} requests, {failures.Count} failed."
        );
        failures.Should().BeEmpty(nginx.Log);
    }

    [Fact]
    public async Task Metrics_do_not_pass_however_their_path_is_spelled()
    {
        var instance = await StartAsync();
        await using var nginx = await Nginx.StartAsync(instance.Address, instance.Address, Token);
        using var client = new HttpClient { BaseAddress = nginx.Address };

        (await client.GetAsync("/health/ready", Token)).StatusCode.Should().Be(HttpStatusCode.OK);
        using var inside = new HttpClient { BaseAddress = instance.Address };
        (await inside.GetAsync("/Metrics/", Token)).StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var path in (string[])["/metrics", "/Metrics/", "/%6Detrics", "//METRICS//"])
        {
            var address = new Uri(nginx.Address.GetLeftPart(UriPartial.Authority) + path);
            using var answer = await client.GetAsync(address, Token);
            answer.StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }
    }

    public async ValueTask InitializeAsync() => installation = await Installation.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }

        await installation.DisposeAsync();
    }

    /// <summary>Stops an instance as an operator would, and starts it again where it was; the load goes on in every stage.</summary>
    private async Task RestartAsync((Dotnet Process, Uri Address) instance)
    {
        await LoadGoesOnAsync();
        instance.Process.Signal("TERM");
        await IsDrainingAsync(instance.Address);
        (await instance.Process.ExitAsync(Token)).Should().Be(0, instance.Process.Errors);
        instance.Process.Errors.Should().BeEmpty();
        await LoadGoesOnAsync();
        await StartAsync(instance.Address);
        await LoadGoesOnAsync();
    }

    /// <summary>It says that it goes, and keeps no connection.</summary>
    private static async Task IsDrainingAsync(Uri address)
    {
        using var probe = new HttpClient { BaseAddress = address };
        await Until.TrueAsync(
            async () =>
            {
                using var ready = await probe.GetAsync("/health/ready", Token);
                if (ready.StatusCode == HttpStatusCode.OK)
                {
                    return false;
                }

                ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
                ready.Headers.ConnectionClose.Should().BeTrue();
                var report = JsonNode.Parse(await ready.Content.ReadAsStringAsync(Token))!;
                report["status"]!.GetValue<string>().Should().Be("draining");
                report["dynamodb"]!["status"]!.GetValue<string>().Should().Be("healthy");
                return true;
            },
            Token
        );
        (await probe.GetAsync("/health/live", Token)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private Task LoadGoesOnAsync()
    {
        var goal = Volatile.Read(ref requests) + Enough;
        return Until.TrueAsync(
            () => Task.FromResult(Volatile.Read(ref requests) >= goal || !failures.IsEmpty),
            Token
        );
    }

    private async Task CallAsync(HttpClient owner, string path, CancellationToken stopped)
    {
        while (!stopped.IsCancellationRequested)
        {
            try
            {
                // Never cut short: what is cut short here would not count.
                var (status, text) = await Installation.SendAsync(owner, path, null);
                if (status != HttpStatusCode.OK)
                {
                    failures.Enqueue($"{(int)status} {text}");
                }
            }
            catch (HttpRequestException fault)
            {
                failures.Enqueue(fault.Message);
            }

            Interlocked.Increment(ref requests);
        }
    }

    private async Task<string> NewAppAsync(HttpClient owner)
    {
        var (organization, apiKey) = await Installation.NewOrganizationAsync(owner);
        using var deployment = Installation.Client(owner.BaseAddress!, apiKey);
        var externalId = await Installation.NewExternalIdAsync(deployment);
        await installation.Aws.TrustAsync(Role, externalId, Token);
        var app = await Installation.PostAsync(
            deployment,
            "/v1/apps?wait=20",
            Installation.App(Role, externalId)
        );
        return $"/v1/organizations/{organization}/apps/{app["appId"]}/credentials";
    }

    private async Task<(Dotnet Process, Uri Address)> StartAsync(Uri? at = null)
    {
        var instance = await installation.StartControlPlaneAsync(at: at, settings: Settings);
        instances.Add(instance.Process);
        return instance;
    }
}
