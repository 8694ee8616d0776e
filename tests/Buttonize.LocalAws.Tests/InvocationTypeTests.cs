using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.LocalAws.Tests;

/// <summary>Asynchronous invocations and dry runs; the synchronous ones are everywhere else.</summary>
public sealed class InvocationTypeTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("localaws-");

    private string Runs => Path.Combine(folder.FullName, "runs");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_event_is_accepted_before_it_is_run()
    {
        await using var aws = await LocalAws.StartAsync();
        // Opening a pipe waits for the other side: the function cannot end before the answer is here.
        var pipe = Path.Combine(folder.FullName, "pipe");
        await aws.PutFunctionAsync($"mkfifo {pipe}; read line < {pipe}; cat >> {Runs}");
        var answer = await InvokeAsync(aws, "Event", payload: "{\"a\":1}\n");
        answer.Status.Should().Be(202, answer.Text);
        answer.Text.Should().BeEmpty();
        answer.Message.Content.Headers.ContentLength.Should().Be(0);
        answer.Header("X-Amz-Executed-Version").Should().BeNull();
        answer.Header("x-amzn-RequestId").Should().NotBeNullOrEmpty();
        File.Exists(Runs).Should().BeFalse();
        await Eventually.ExistsAsync(pipe);
        await File.WriteAllTextAsync(pipe, "go\n", TestContext.Current.CancellationToken);
        (await Eventually.LinesOfAsync(Runs, 1)).Should().Equal("{\"a\":1}");
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        record
            .GetProperty("requestParameters")
            .GetProperty("invocationType")
            .GetString()
            .Should()
            .Be("Event");
    }

    [Fact]
    public async Task A_failing_event_is_tried_twice_more_after_one_and_two_minutes()
    {
        var clock = new TimerWatch(Start);
        await using var aws = await LocalAws.StartAsync(clock);
        await aws.PutCallerAsync(arn: $"arn:aws:iam::{LocalAws.CustomerAccount}:user/local");
        await aws.PutFunctionAsync(
            $"echo $$ $LAMBDA_RUNTIME_AWS_REQUEST_ID >> {Runs}; exit 1",
            timeoutSeconds: 900
        );
        var answer = await InvokeAsync(aws, "Event");
        await clock.StartOfAsync(TimeSpan.FromMinutes(1));
        (await Eventually.LinesOfAsync(Runs, 1)).Should().ContainSingle();
        clock.Advance(TimeSpan.FromMinutes(1));
        await clock.StartOfAsync(TimeSpan.FromMinutes(2));
        (await Eventually.LinesOfAsync(Runs, 2)).Should().HaveCount(2);
        clock.Advance(TimeSpan.FromMinutes(2));
        var runs = await Eventually.LinesOfAsync(Runs, 3);
        runs.Should().OnlyContain(line => line.EndsWith(answer.Header("x-amzn-RequestId")!));
        await Eventually.EndOfAsync(runs[2].Split(' ')[0]);
        clock.Advance(TimeSpan.FromHours(6));
        (await InvokeAsync(aws, "RequestResponse")).Ok.Should().BeTrue();
        (await Eventually.LinesOfAsync(Runs, 4)).Should().HaveCount(4);
    }

    [Fact]
    public async Task A_retry_that_succeeds_is_the_last()
    {
        var clock = new TimerWatch(Start);
        await using var aws = await LocalAws.StartAsync(clock);
        await aws.PutCallerAsync(arn: $"arn:aws:iam::{LocalAws.CustomerAccount}:user/local");
        await aws.PutFunctionAsync(
            $"echo $$ >> {Runs}; echo 1; [ $(wc -l < {Runs}) -gt 1 ]",
            timeoutSeconds: 900
        );
        await InvokeAsync(aws, "Event");
        await clock.StartOfAsync(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        await Eventually.EndOfAsync((await Eventually.LinesOfAsync(Runs, 2))[1]);
        clock.Advance(TimeSpan.FromHours(6));
        (await InvokeAsync(aws, "RequestResponse")).Text.Trim().Should().Be("1");
        (await Eventually.LinesOfAsync(Runs, 3)).Should().HaveCount(3);
    }

    [Fact]
    public async Task The_end_of_the_program_ends_a_running_event()
    {
        var pipe = Path.Combine(folder.FullName, "pipe");
        string inner;
        await using (var aws = await LocalAws.StartAsync())
        {
            await aws.PutFunctionAsync($"mkfifo {pipe}; echo $$ >> {Runs}; read line < {pipe}");
            (await InvokeAsync(aws, "Event")).Status.Should().Be(202);
            inner = await Eventually.FirstLineOfAsync(Runs);
        }
        await Eventually.EndOfAsync(inner);
        File.ReadAllLines(Runs).Should().ContainSingle();
    }

    [Theory]
    [InlineData("discounts", null, "204 ")]
    [InlineData("discounts:7", null, "404 ResourceNotFoundException")]
    [InlineData("other", null, "403 AccessDeniedException")]
    [InlineData("discounts", "{", "400 InvalidRequestContentException")]
    public async Task A_dry_run_judges_the_call_and_runs_nothing(
        string function,
        string? payload,
        string expected
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + "*"));
        await aws.PutFunctionAsync($"echo run >> {Runs}; cat");
        var answer = await InvokeAsync(aws, "DryRun", function, payload ?? "{}");
        answer.Error.Should().Be(expected);
        if (answer.Status == 204)
        {
            answer.Text.Should().BeEmpty();
        }
        (await InvokeAsync(aws, "RequestResponse")).Ok.Should().BeTrue();
        (await Eventually.LinesOfAsync(Runs, 1)).Should().Equal("run");
    }

    [Theory]
    [InlineData(0, "202 ")]
    [InlineData(1, "413 RequestTooLargeException")]
    public async Task An_event_is_one_megabyte_at_most(int more, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("wc -c");
        var payload = $"\"{new string('x', (1024 * 1024) - 2 + more)}\"";
        var answer = await InvokeAsync(aws, "Event", payload: payload);
        answer.Error.Should().Be(expected);
        if (more > 0)
        {
            answer
                .ErrorMessage.Should()
                .Be(
                    "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
                );
        }
    }

    [Fact]
    public async Task An_event_gets_no_log_and_no_client_context()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync($"echo context:$LAMBDA_RUNTIME_CLIENT_CONTEXT >> {Runs}; cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r =>
                r with
                {
                    Headers = new()
                    {
                        ["x-amz-invocation-type"] = "Event",
                        ["x-amz-log-type"] = "Tail",
                        ["x-amz-client-context"] = "e30=",
                    },
                }
        );
        answer.Status.Should().Be(202);
        answer.Header("X-Amz-Log-Result").Should().BeNull();
        (await Eventually.LinesOfAsync(Runs, 1)).Should().Equal("context:");
    }

    private static async Task<AwsAnswer> InvokeAsync(
        LocalAws aws,
        string type,
        string function = "discounts",
        string payload = "{}"
    )
    {
        var role = await aws.AssumeAsync();
        return await aws.InvokeAsync(
            role.Ok ? role.Credentials : LocalAws.Caller,
            payload,
            function,
            r => r with { Headers = new() { ["x-amz-invocation-type"] = type } }
        );
    }

    /// <summary>Tells which timers are started.</summary>
    private sealed class TimerWatch(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private readonly Channel<TimeSpan> started = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(
            TimerCallback callback,
            object? state,
            TimeSpan dueTime,
            TimeSpan period
        )
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            started.Writer.TryWrite(dueTime);
            return timer;
        }

        public async Task StartOfAsync(TimeSpan dueTime)
        {
            while (await started.Reader.ReadAsync(TestContext.Current.CancellationToken) != dueTime)
            {
                // Another timer.
            }
        }
    }
}
