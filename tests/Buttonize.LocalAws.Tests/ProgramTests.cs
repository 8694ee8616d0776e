using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Buttonize.LocalAws.Tests;

/// <summary>The program itself, as somebody starts it in a terminal.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_taken_port_is_one_line_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var program = Start($"--urls http://127.0.0.1:{port}");
        var output = program.StandardOutput.ReadToEndAsync(Cancellation);
        var error = await program.StandardError.ReadToEndAsync(Cancellation);
        await program.WaitForExitAsync(Cancellation);
        program.ExitCode.Should().Be(1);
        (await output).Should().BeEmpty();
        error.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain($":{port}");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named_with_its_key()
    {
        using var program = Start(
            "--urls http://127.0.0.1:0 --LocalAws:TrailFolder=/dev/null/trail"
        );
        var error = await program.StandardError.ReadToEndAsync(Cancellation);
        await program.WaitForExitAsync(Cancellation);
        program.ExitCode.Should().Be(1);
        error
            .Trim()
            .Split('\n')
            .Should()
            .ContainSingle()
            .Which.Should()
            .Contain("LocalAws:TrailFolder");
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://192.0.2.1:0")]
    [InlineData("ftp://127.0.0.1:0")]
    public async Task An_address_that_cannot_be_listened_on_is_one_line_with_its_key(string url)
    {
        using var program = Start($"--urls {url}");
        var error = await program.StandardError.ReadToEndAsync(Cancellation);
        await program.WaitForExitAsync(Cancellation);
        program.ExitCode.Should().Be(1, error);
        error.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain("ASPNETCORE_URLS");
    }

    [Fact]
    public async Task It_says_one_line_when_it_is_ready()
    {
        using var program = Start("--urls http://127.0.0.1:0");
        try
        {
            var line = await program.StandardOutput.ReadLineAsync(Cancellation);
            line.Should().MatchRegex(@"\ALocal AWS is ready at http://127\.0\.0\.1:[1-9][0-9]*\z");
            using var http = new HttpClient();
            var address = new Uri(line![line.IndexOf("http", StringComparison.Ordinal)..]);
            var health = await http.GetAsync(new Uri(address, "/_local/health"), Cancellation);
            health.StatusCode.Should().Be(HttpStatusCode.OK);
        }
        finally
        {
            program.Kill();
            await program.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Process Start(string arguments)
    {
        var program = Path.ChangeExtension(typeof(LocalAwsApplication).Assembly.Location, "dll");
        var start = new ProcessStartInfo("dotnet", $"\"{program}\" {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Its debugging sockets would stay in the temp folder when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }
}
