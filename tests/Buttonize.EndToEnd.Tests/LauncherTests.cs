using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>The launcher, run as a newcomer would.</summary>
public sealed partial class LauncherTests : IDisposable
{
    private const string Launcher = "Buttonize.Local.dll";

    // A launcher that is killed cannot delete its temporary files: it gets a folder of the test's for them.
    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("buttonize-e2e-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Once_plays_both_flows_and_shows_no_secret()
    {
        await using var launcher = Dotnet.Start(
            Launcher,
            Environment(),
            "--once",
            "--api-port",
            "0",
            "--aws-port",
            "0",
            "--openid-port",
            "0"
        );

        var status = await launcher.ExitAsync(Token);

        status.Should().Be(0, launcher.Output + launcher.Errors);
        launcher.Output.Should().Contain("Every step worked.");
        launcher
            .Output.Should()
            .MatchRegex("\"roleSessionName\": \"btnz__[A-Za-z0-9_-]{21}__ada\"");
        launcher.Output.Should().Contain("AccessDeniedException").And.Contain("SPRING-");
        ApiKey().IsMatch(launcher.Output).Should().BeFalse("an API key is shown to its maker only");
        Jwt().IsMatch(launcher.Output).Should().BeFalse("tokens are not for a transcript");
    }

    [Fact]
    public async Task A_taken_port_is_one_line_that_says_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var launcher = Dotnet.Start(
            Launcher,
            Environment(),
            "--once",
            "--api-port",
            $"{port}",
            "--aws-port",
            "0",
            "--openid-port",
            "0"
        );

        (await launcher.ExitAsync(Token)).Should().Be(1);
        launcher.Errors.Split('\n').Should().ContainSingle();
        launcher.Errors.Should().Contain($"{port}").And.Contain("--api-port");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task However_it_ends_no_process_is_left(string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no signals.");
        }

        int[] ports = [Until.FreePort(), Until.FreePort(), Until.FreePort()];
        await using var launcher = Dotnet.Start(
            Launcher,
            Environment(),
            "--api-port",
            $"{ports[0]}",
            "--aws-port",
            $"{ports[1]}",
            "--openid-port",
            $"{ports[2]}"
        );
        await launcher.SaysAsync("curl", Token);
        var dynamoDb = int.Parse(DynamoDbPort().Match(launcher.Output).Groups[1].Value, null);

        launcher.Signal(signal);
        await launcher.ExitAsync(Token);

        foreach (var port in ports.Append(dynamoDb))
        {
            await Until.TrueAsync(async () => !await Until.IsListeningAsync(port, Token), Token);
        }
    }

    public void Dispose() => temporary.Delete(recursive: true);

    private Dictionary<string, string> Environment() => new() { ["TMPDIR"] = temporary.FullName };

    [GeneratedRegex("btnz_[0-9A-Za-z]{36}")]
    private static partial Regex ApiKey();

    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.")]
    private static partial Regex Jwt();

    [GeneratedRegex(@"DynamoDB is ready: http://[^:/]+:(\d+)")]
    private static partial Regex DynamoDbPort();
}
