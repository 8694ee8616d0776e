using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>How a function runs, and how it fails.</summary>
public sealed class FunctionTests
{
    [Theory]
    [InlineData("discounts")]
    [InlineData(LocalAws.FunctionArn)]
    [InlineData($"{LocalAws.CustomerAccount}:function:discounts")]
    public async Task A_function_answers_its_event(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var answer = await aws.InvokeAsync(session, """{"text":"grüße"}""", name);
        answer.Status.Should().Be(200, answer.Text);
        answer.Text.Should().Be("""{"text":"grüße"}""");
        answer.Header("X-Amz-Executed-Version").Should().Be("$LATEST");
        answer.Header("X-Amz-Function-Error").Should().BeNull();
        answer.Header("x-amzn-RequestId").Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task An_invocation_without_a_body_gets_an_empty_event()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload: "");
        answer.Text.Should().Be("{}");
    }

    [Theory]
    [InlineData("echo oops >&2; exit 3", "Runtime.ExitError", "exit status 3")]
    [InlineData("echo not json", "Runtime.MarshalError", "not JSON")]
    [InlineData("true", "Runtime.MarshalError", "not JSON")]
    [InlineData("kill -9 $$", "Runtime.ExitError", "exit status 137")]
    public async Task A_failing_function_is_a_success_with_a_header(
        string shell,
        string type,
        string message
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(shell);
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        ShouldHaveFailed(answer, type, message);
    }

    [Fact]
    public async Task A_command_that_cannot_be_started_is_a_function_error()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutAsync(
            "functions",
            new { functionArn = LocalAws.FunctionArn, command = new[] { "/no/such/program" } }
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        ShouldHaveFailed(answer, "Runtime.InvalidEntrypoint", "/no/such/program");
    }

    [Fact]
    public async Task A_function_that_takes_too_long_is_ended_with_its_children()
    {
        await using var aws = await LocalAws.StartAsync();
        // Nothing ever writes to the pipe: the inner shell waits until it is killed, and would tell if it were not.
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            var ready = Path.Combine(folder.FullName, "ready");
            var pipe = Path.Combine(folder.FullName, "pipe");
            await aws.PutFunctionAsync(
                $"mkfifo {pipe}; sh -c 'echo $$ > {ready}.new; mv {ready}.new {ready}; read line < {pipe}'; echo 1"
            );
            var running = aws.InvokeAsync(await aws.SessionAsync());
            var inner = await FirstLineAsync(ready);
            aws.Clock.Advance(TimeSpan.FromSeconds(3));
            ShouldHaveFailed(
                await running,
                "Sandbox.Timedout",
                "Task timed out after 3.00 seconds"
            );
            await EndOfAsync(inner);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_function_gets_none_of_this_programs_environment()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(
            """printf '"%s"' "$(env | cut -d= -f1 | sort | tr '\n' ' ')" """
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        // The shell adds PWD, SHLVL and _ by itself.
        answer
            .Json.GetString()!
            .Trim()
            .Split(' ')
            .Except(["PWD", "SHLVL", "_", "OLDPWD"])
            .Should()
            .Equal("PATH");
    }

    [Fact]
    public async Task A_function_need_not_read_its_event()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("echo 1");
        var payload = $"\"{new string('x', 1024 * 1024)}\"";
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Text.Trim().Should().Be("1");
    }

    [Fact]
    public async Task The_end_of_the_log_comes_on_request()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("echo hello >&2; cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { ["x-amz-log-type"] = "Tail" } }
        );
        var log = Convert.FromBase64String(answer.Header("X-Amz-Log-Result")!);
        Encoding.UTF8.GetString(log).Should().Be("hello\n");
    }

    [Fact]
    public async Task An_event_may_be_deep()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var payload = new string('[', 500) + new string(']', 500);
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Text.Should().Be(payload);
    }

    private static void ShouldHaveFailed(AwsAnswer answer, string type, string message)
    {
        answer.Status.Should().Be(200, answer.Text);
        answer.Header("X-Amz-Function-Error").Should().Be("Unhandled");
        answer.Json.GetProperty("errorType").GetString().Should().Be(type);
        answer.Json.GetProperty("errorMessage").GetString().Should().Contain(message);
    }

    private static async Task<string> FirstLineAsync(string file)
    {
        while (!File.Exists(file))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        return (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))[0];
    }

    /// <summary>Waits until a process that is not a child of this one is gone, or dead and not yet collected.</summary>
    private static async Task EndOfAsync(string processId)
    {
        var status = $"/proc/{processId}/stat";
        try
        {
            while (
                !(
                    await File.ReadAllTextAsync(status, TestContext.Current.CancellationToken)
                ).Contains(") Z ", StringComparison.Ordinal)
            )
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
        catch (IOException)
        {
            // Gone, possibly while it was being read.
        }
    }
}
