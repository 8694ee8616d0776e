namespace Buttonize.LocalAws.Tests;

/// <summary>Calls that are made to wait: how long, for what, and who lets them go.</summary>
public sealed class FaultLatencyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Latencies_add_up_and_the_error_comes_after_them()
    {
        var time = new CountingTime();
        await using var aws = await LocalAws.StartFurnishedAsync(time);
        await PutAsync(
            aws,
            """{"service":"sts","kind":"latency","milliseconds":2000}""",
            """{"service":"sts","kind":"latency","milliseconds":3000,"count":1}""",
            """{"service":"sts","kind":"error","code":"Throttling"}""",
            """{"service":"sts","kind":"latency","milliseconds":9000}"""
        );
        foreach (var milliseconds in new[] { 5000, 2000 })
        {
            var call = aws.WhoAmIAsync();
            await time.UntilWaitingAsync(1);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            call.IsCompleted.Should().BeFalse();
            time.Advance(TimeSpan.FromMilliseconds(1));
            (await call).Error.Should().Be("400 Throttling");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("""[{"service":"sts","kind":"error","code":"AccessDenied"}]""")]
    public async Task New_faults_and_none_let_those_go_that_wait(string replacement)
    {
        var time = new CountingTime();
        await using var aws = await LocalAws.StartFurnishedAsync(time);
        await PutAsync(
            aws,
            """{"service":"sts","kind":"latency","milliseconds":600000}""",
            """{"service":"sts","kind":"error","code":"Throttling"}"""
        );
        var calls = new[] { aws.WhoAmIAsync(), aws.WhoAmIAsync() };
        await time.UntilWaitingAsync(calls.Length);
        await aws.AdminAsync(
            replacement.Length == 0 ? HttpMethod.Delete : HttpMethod.Put,
            "faults",
            replacement.Length == 0 ? null : replacement
        );
        (await Task.WhenAll(calls)).Should().OnlyContain(answer => answer.Ok);
        await time.UntilWaitingAsync(0);
        (await aws.WhoAmIAsync())
            .Error.Should()
            .Be(replacement.Length == 0 ? "200 " : "403 AccessDenied");
    }

    [Fact]
    public async Task The_end_of_the_program_lets_those_go_that_wait()
    {
        var time = new CountingTime();
        await using var aws = await LocalAws.StartFurnishedAsync(time);
        await PutAsync(aws, """{"service":"sts","kind":"latency","milliseconds":600000}""");
        var call = aws.WhoAmIAsync();
        await time.UntilWaitingAsync(1);
        var stopping = aws.StopAsync();
        (await call).Ok.Should().BeTrue();
        await stopping;
    }

    [Theory]
    [InlineData("sts")]
    [InlineData("lambda")]
    public async Task A_caller_that_goes_away_leaves_nothing_behind(string service)
    {
        var time = new CountingTime();
        await using var aws = await LocalAws.StartFurnishedAsync(time);
        await PutAsync(
            aws,
            $$"""{"service":"{{service}}","kind":"latency","milliseconds":600000,"count":1}"""
        );
        var request = new AwsRequest(
            service,
            service == "sts" ? "/" : "/2015-03-31/functions/discounts/invocations",
            "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray()
        )
        {
            Credentials = LocalAws.Caller,
            SignedAt = time.GetUtcNow(),
        };
        using var http = new HttpClient();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var call = http.SendAsync(request.Sign(aws.Address), leaving.Token);
        await time.UntilWaitingAsync(1);
        await leaving.CancelAsync();
        await call.Awaiting(c => c).Should().ThrowAsync<OperationCanceledException>();
        await time.UntilWaitingAsync(0);
        (await aws.TrailAsync()).Should().BeEmpty();
        (await aws.WhoAmIAsync()).Ok.Should().BeTrue();
    }

    private static Task PutAsync(LocalAws aws, params string[] faults) =>
        aws.PutAsync("faults", $"[{string.Join(',', faults)}]");
}
