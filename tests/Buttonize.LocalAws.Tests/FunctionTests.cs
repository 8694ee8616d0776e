using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>How a function runs, and how it fails.</summary>
public sealed class FunctionTests
{
    [Theory]
    [InlineData("discounts")]
    [InlineData(LocalAws.FunctionArn)]
    [InlineData("function:discounts")]
    [InlineData($"{LocalAws.CustomerAccount}:discounts")]
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
    [InlineData(
        """echo '{"errorType":"RangeError","errorMessage":"too far"}'; exit 1""",
        "RangeError",
        "too far"
    )]
    [InlineData(
        """echo '{"errorType":"RangeError"}'; exit 1""",
        "Runtime.ExitError",
        "exit status 1"
    )]
    [InlineData("""echo '[1]'; exit 1""", "Runtime.ExitError", "exit status 1")]
    [InlineData("echo not json", "Runtime.MarshalError", "not JSON")]
    [InlineData("printf '\"\\207\"'", "Runtime.MarshalError", "not JSON")]
    [InlineData("true", "Runtime.ExitError", "Runtime exited without providing a reason")]
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
        ShouldHaveFailed(
            answer,
            "Runtime.InvalidEntrypoint",
            "Error: fork/exec /no/such/program: No such file or directory"
        );
        // .NET's own message has the folder that this program was started in.
        answer.Text.Should().NotContain(Environment.CurrentDirectory);
    }

    /// <summary>A child that outlives its parent, in a session of its own or not, with the outputs open or closed.</summary>
    [Theory]
    [InlineData("sh -c 'echo $$ > READY.new; mv READY.new READY; read line < PIPE' &")]
    [InlineData("setsid sh -c 'echo $$ > READY.new; mv READY.new READY; read line < PIPE' &")]
    [InlineData(
        "(setsid sh -c 'echo $$ > READY.new; mv READY.new READY; read line < PIPE' >/dev/null 2>&1 </dev/null &);"
    )]
    public async Task What_a_function_leaves_running_ends_with_it(string background)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux(),
            "Only Linux tells which environment a process has."
        );
        await using var aws = await LocalAws.StartAsync();
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            var ready = Path.Combine(folder.FullName, "ready");
            var pipe = Path.Combine(folder.FullName, "pipe");
            var shell = background
                .Replace("READY", ready, StringComparison.Ordinal)
                .Replace("PIPE", pipe, StringComparison.Ordinal);
            await aws.PutFunctionAsync(
                $"mkfifo {pipe}; {shell} while [ ! -e {ready} ]; do :; done; echo 1"
            );
            var answer = await aws.InvokeAsync(await aws.SessionAsync());
            answer.Text.Should().Be("1\n");
            await Eventually.EndOfAsync(
                (await File.ReadAllTextAsync(ready, TestContext.Current.CancellationToken)).Trim()
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
            var running = aws.InvokeAsync(await aws.SessionAsync(), change: WithLog);
            var inner = await Eventually.FirstLineOfAsync(ready);
            aws.Clock.Advance(TimeSpan.FromSeconds(3));
            var answer = await running;
            var id = answer.Header("x-amzn-RequestId");
            ShouldHaveFailed(
                answer,
                "Sandbox.Timedout",
                $"RequestId: {id} Error: Task timed out after 3.00 seconds"
            );
            LogOf(answer)
                .Should()
                .Contain(
                    $"\n2026-01-01T12:00:03.000Z {id} Task timed out after 3.00 seconds\n\nEND"
                )
                .And.EndWith("Duration: 3000.00 ms\tBilled Duration: 3000 ms\tStatus: timeout\t\n");
            await Eventually.EndOfAsync(inner);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_function_gets_lambdas_environment_and_none_of_this_programs()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(
            """printf '"%s"' "$(env | grep -v '^PATH=' | sort | tr '\n' ' ')" """
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        // The shell adds PWD, SHLVL and _ by itself.
        answer
            .Json.GetString()!
            .Trim()
            .Split(' ')
            .Where(pair => pair.Split('=')[0] is not ("PWD" or "SHLVL" or "_" or "OLDPWD"))
            .Should()
            .BeEquivalentTo(
                "AWS_REGION=eu-central-1",
                "AWS_DEFAULT_REGION=eu-central-1",
                "AWS_LAMBDA_FUNCTION_NAME=discounts",
                "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
                "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
                "TZ=:UTC",
                $"LAMBDA_RUNTIME_AWS_REQUEST_ID={answer.Header("x-amzn-RequestId")}",
                $"LAMBDA_RUNTIME_INVOKED_FUNCTION_ARN={LocalAws.FunctionArn}"
            );
    }

    [Theory]
    [InlineData(3583, true)]
    [InlineData(3584, false)]
    public async Task A_function_gets_the_clients_context(int length, bool passes)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("""printf '%s' "$LAMBDA_RUNTIME_CLIENT_CONTEXT" """);
        // Base64 comes in fours: 3,583 characters are never sent, 3,580 are.
        var context = $$$"""{"custom":{"x":"{{{new string('ü', 1000)}}}"}}""";
        context = context.PadRight(
            context.Length + (length / 4 * 3) - Encoding.UTF8.GetByteCount(context)
        );
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r =>
                r with
                {
                    Headers = new()
                    {
                        ["x-amz-client-context"] = Convert.ToBase64String(
                            Encoding.UTF8.GetBytes(context)
                        ),
                    },
                }
        );
        answer.Error.Should().Be(passes ? "200 " : "400 InvalidRequestContentException");
        if (passes)
        {
            answer.Text.Should().Be(context);
        }
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
    public async Task The_log_comes_on_request_between_lambdas_own_lines()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("echo hello >&2; cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), change: WithLog);
        var id = answer.Header("x-amzn-RequestId");
        LogOf(answer)
            .Should()
            .Be(
                $"START RequestId: {id} Version: $LATEST\nhello\nEND RequestId: {id}\n"
                    + $"REPORT RequestId: {id}\tDuration: 0.00 ms\tBilled Duration: 1 ms\t\n"
            );
        var unasked = await aws.InvokeAsync(await aws.SessionAsync());
        unasked.Header("X-Amz-Log-Result").Should().BeNull();
    }

    [Fact]
    public async Task The_log_tells_of_an_error()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("exit 3");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), change: WithLog);
        var id = answer.Header("x-amzn-RequestId");
        LogOf(answer)
            .Should()
            .Contain(
                $"RequestId: {id} Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND"
            )
            .And.EndWith("\tStatus: error\tError Type: Runtime.ExitError\t\n");
    }

    [Fact]
    public async Task Of_a_long_log_only_the_last_four_kilobytes_come()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(
            "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done >&2; echo 1"
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), change: WithLog);
        Convert.FromBase64String(answer.Header("X-Amz-Log-Result")!).Should().HaveCount(4096);
        LogOf(answer).Should().Contain("\nline 1998\nline 1999\nEND RequestId: ");
    }

    private static void ShouldHaveFailed(AwsAnswer answer, string type, string message)
    {
        answer.Status.Should().Be(200, answer.Text);
        answer.Header("X-Amz-Function-Error").Should().Be("Unhandled");
        answer.Json.GetProperty("errorType").GetString().Should().Be(type);
        answer.Json.GetProperty("errorMessage").GetString().Should().Contain(message);
    }

    private static AwsRequest WithLog(AwsRequest request) =>
        request with
        {
            Headers = new() { ["x-amz-log-type"] = "Tail" },
        };

    private static string LogOf(AwsAnswer answer) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(answer.Header("X-Amz-Log-Result")!));
}
