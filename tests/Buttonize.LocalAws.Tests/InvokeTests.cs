using System.Text;

namespace Buttonize.LocalAws.Tests;

public sealed class InvokeTests
{
    private const string SessionArn =
        $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/Demo/somebody";

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
    [InlineData("discounts:$LATEST", true)]
    [InlineData("discounts:7", false)]
    public async Task Only_the_latest_version_exists(string name, bool exists)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + ":*"));
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be(exists ? "200 " : "404 ResourceNotFoundException");
    }

    [Fact]
    public async Task A_qualifier_may_come_in_the_query_and_has_to_agree()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + ":*"));
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var answer = await aws.InvokeAsync(
            session,
            change: r => r with { Target = r.Target + "?Qualifier=%24LATEST" }
        );
        answer.Status.Should().Be(200, answer.Text);
        var other = await aws.InvokeAsync(
            session,
            function: "discounts:1",
            change: r => r with { Target = r.Target + "?Qualifier=2" }
        );
        other.Error.Should().Be("400 InvalidParameterValueException");
    }

    [Fact]
    public async Task A_policy_for_the_function_does_not_cover_its_versions()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: "discounts:$LATEST");
        answer.Error.Should().Be("403 AccessDeniedException");
    }

    [Fact]
    public async Task Whoever_is_not_allowed_does_not_learn_what_exists()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var unknown = await aws.InvokeAsync(session);
        unknown.Error.Should().Be("404 ResourceNotFoundException");
        unknown.ErrorMessage.Should().Be($"Function not found: {LocalAws.FunctionArn}");
        var denied = await aws.InvokeAsync(session, function: "other");
        denied.Error.Should().Be("403 AccessDeniedException");
        var arn = LocalAws.FunctionArn.Replace("discounts", "other", StringComparison.Ordinal);
        denied
            .Text.Should()
            .Be(
                $$"""{"Message":"User: {{SessionArn}} is not authorized to perform: lambda:InvokeFunction on resource: {{arn}} because no identity-based policy allows the lambda:InvokeFunction action"}"""
            );
    }

    [Theory]
    [InlineData("Allow", LocalAws.FunctionArn, null)]
    [InlineData(
        "Allow",
        LocalAws.FunctionArn + "2",
        "because no session policy allows the lambda:InvokeFunction action"
    )]
    [InlineData("Deny", "*", "with an explicit deny in a session policy")]
    public async Task A_session_policy_only_narrows(string effect, string resource, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var policy = Policies.Permission(effect, "lambda:*", resource).ToJsonString();
        var session = await aws.SessionAsync(new AssumeRoleParameters().With("Policy", policy));
        var answer = await aws.InvokeAsync(session);
        (answer.Ok ? "" : answer.ErrorMessage).Should().EndWith(refusal ?? "");
        answer.Ok.Should().Be(refusal is null);
        var wider = await aws.InvokeAsync(session, function: "discounts2");
        wider.Error.Should().Be("403 AccessDeniedException");
    }

    [Fact]
    public async Task An_explicit_deny_of_the_role_wins()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Trust(),
            Policies.AllowInvoke("*"),
            Policies.Permission("Deny", "lambda:Invoke*", LocalAws.FunctionArn)
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        answer.ErrorMessage.Should().EndWith("with an explicit deny in an identity-based policy");
    }

    [Fact]
    public async Task Another_accounts_functions_are_out_of_reach()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(LocalAws.Caller, function: LocalAws.FunctionArn);
        answer.Error.Should().Be("403 AccessDeniedException");
        answer.ErrorMessage.Should().Contain("no resource-based policy");
    }

    [Fact]
    public async Task Another_regions_functions_are_out_of_reach()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: LocalAws.FunctionArn,
            change: r => r with { Region = "us-west-2" }
        );
        answer.Error.Should().Be("404 ResourceNotFoundException");
        answer
            .ErrorMessage.Should()
            .Be("Functions from 'eu-central-1' are not reachable in this region ('us-west-2')");
    }

    [Fact]
    public async Task Long_lived_keys_invoke_by_their_own_policy()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        const string User = $"arn:aws:iam::{LocalAws.CustomerAccount}:user/local";
        await aws.PutCallerAsync(Policies.AllowInvoke(), User);
        (await aws.InvokeAsync(LocalAws.Caller)).Ok.Should().BeTrue();
        await aws.PutCallerAsync(Policies.AllowInvoke("arn:aws:lambda:*:*:function:x"), User);
        (await aws.InvokeAsync(LocalAws.Caller)).Error.Should().Be("403 AccessDeniedException");
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

    [Theory]
    [InlineData("x-amz-invocation-type", "Event")]
    [InlineData("x-amz-invocation-type", "DryRun")]
    [InlineData("x-amz-log-type", "All")]
    [InlineData("x-amz-client-context", "e30=")]
    public async Task What_is_not_supported_is_refused_by_name(string header, string value)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { [header] = value } }
        );
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer.ErrorMessage.Should().Contain("not supported");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{} {}")]
    public async Task An_event_has_to_be_json(string payload)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Error.Should().Be("400 InvalidRequestContentException");
    }

    [Theory]
    [InlineData(0, "200 ")]
    [InlineData(1, "413 RequestTooLargeException")]
    public async Task An_event_is_six_megabytes_at_most(int more, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("wc -c");
        var payload = $"\"{new string('x', (6 * 1024 * 1024) - 2 + more)}\"";
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("arn:aws:lambda:eu-central-1:1:function:x")]
    public async Task A_name_has_to_be_one(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be("400 ValidationException");
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
