using System.Net;
using System.Net.Sockets;
using System.Text;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>
/// Where the operations have an address of their own, they answer there alone, and the API does not answer there: whatever the caller
/// says that it called.
/// </summary>
public sealed class OperationsPortTests : IAsyncLifetime
{
    private Installation installation = null!;
    private Dotnet controlPlane = null!;
    private Uri api = null!;
    private Uri operations = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.StartAsync();
        operations = new Uri($"http://127.0.0.1:{Until.FreePort()}");
        (controlPlane, api) = await installation.StartControlPlaneAsync(
            settings: new Dictionary<string, string>
            {
                ["Buttonize__OperationsUrl"] = operations.GetLeftPart(UriPartial.Authority),
                ["Buttonize__Console__Enabled"] = "true",
                ["Buttonize__Console__ClientId"] = "page",
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (controlPlane is not null)
        {
            await controlPlane.DisposeAsync();
        }

        if (installation is not null)
        {
            await installation.DisposeAsync();
        }
    }

    [Fact]
    public async Task Each_port_answers_its_own_paths_and_no_others()
    {
        (string Path, int Own)[] operators =
        [
            ("/health/live", 200),
            ("/health/ready", 200),
            ("/metrics", 200),
            ("/openapi/v1.json", 200),
            ("/docs/", 200),
        ];
        (string Path, int Own)[] callers = [("/v1/me", 401), ("/v1/apps", 401), ("/", 200)];

        foreach (var (path, own) in operators)
        {
            await AnswersAsync(path, own, operations, api);
        }

        foreach (var (path, own) in callers)
        {
            await AnswersAsync(path, own, api, operations);
        }
    }

    [Theory]
    [InlineData("//metrics")]
    [InlineData("/./metrics")]
    [InlineData("/v1/../metrics")]
    [InlineData("/%6Detrics")]
    [InlineData("/METRICS")]
    [InlineData("/metrics/")]
    [InlineData("/metrics?x=y")]
    public async Task No_way_of_writing_a_path_shows_it_on_the_wrong_port(string path) =>
        (await AskAsync(api, path, $"127.0.0.1:{operations.Port}"))
            .Should()
            .MatchRegex("^HTTP/1.1 (404|401) ")
            .And.NotContain("dotnet_");

    [Fact]
    public async Task The_probe_finds_the_instance_by_its_configuration()
    {
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = api.GetLeftPart(UriPartial.Authority),
            ["Buttonize__OperationsUrl"] = $"http://+:{operations.Port}",
        };
        await using var right = Dotnet.Start("Buttonize.Api.dll", settings, "health");
        (await right.ExitAsync(Token)).Should().Be(0, right.Errors);

        settings.Remove("Buttonize__OperationsUrl");
        await using var wrong = Dotnet.Start("Buttonize.Api.dll", settings, "health");
        (await wrong.ExitAsync(Token)).Should().Be(1);
    }

    private static async Task AnswersAsync(string path, int own, Uri on, Uri notOn)
    {
        (await AskAsync(on, path, on.Authority))
            .Should()
            .StartWith($"HTTP/1.1 {own}", $"{path} is there");
        foreach (var host in (string[])[notOn.Authority, on.Authority, "localhost", "example.com"])
        {
            var answer = await AskAsync(notOn, path, host);
            answer.Should().StartWith("HTTP/1.1 404", $"{path} is not there, as {host} or not");
            answer.Should().Contain("\"code\":\"not_found\"");
        }
    }

    /// <summary>Asks as no HTTP client would: the path and <c>Host</c> are sent as they are.</summary>
    private static async Task<string> AskAsync(Uri address, string path, string host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {host}\r\nConnection: close\r\n\r\n"
            ),
            Token
        );
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Token);
    }
}
