using System.Diagnostics;

namespace Buttonize.LocalAws.Tests;

public sealed class FaultTests
{
    [Theory]
    [InlineData("""{"service":"sts","kind":"error"}""", "500 InternalFailure", "Receiver")]
    [InlineData(
        """{"service":"sts","kind":"error","code":"Throttling"}""",
        "400 Throttling",
        "Sender"
    )]
    [InlineData(
        """{"service":"sts","kind":"error","code":"ServiceUnavailable","operation":"AssumeRole","region":"eu-central-1"}""",
        "503 ServiceUnavailable",
        "Receiver"
    )]
    [InlineData(
        """{"service":"sts","kind":"error","code":"Odd","status":418}""",
        "418 Odd",
        "Sender"
    )]
    public async Task Errors_come_on_demand(string fault, string error, string type)
    {
        await using var aws = await LocalAws.StartAsync();
        (await aws.AdminAsync(HttpMethod.Put, "faults", $"[{fault}]")).Status.Should().Be(204);
        var answer = await aws.AssumeAsync();
        answer.Error.Should().Be(error);
        answer.Xml("Type").Should().Be(type);
        await aws.AdminAsync(HttpMethod.Delete, "faults");
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Theory]
    [InlineData("""{"service":"lambda","kind":"error"}""")]
    [InlineData("""{"service":"sts","kind":"error","operation":"GetCallerIdentity"}""")]
    [InlineData("""{"service":"sts","kind":"error","region":"eu-west-1"}""")]
    public async Task Other_calls_are_spared(string fault)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AdminAsync(HttpMethod.Put, "faults", $"[{fault}]");
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task Faults_can_be_counted_and_follow_each_other()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            """
            [
              {"service":"sts","kind":"error","code":"Throttling","count":2},
              {"service":"sts","kind":"error","code":"AccessDenied","count":1}
            ]
            """
        );
        var errors = new List<string>();
        for (var call = 0; call < 4; call++)
        {
            errors.Add((await aws.AssumeAsync()).Error);
        }
        errors.Should().Equal("400 Throttling", "400 Throttling", "403 AccessDenied", "200 ");
    }

    [Fact]
    public async Task A_dropped_connection_has_no_answer_and_no_effect()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            """[{"service":"sts","kind":"drop"},{"service":"lambda","kind":"drop"}]"""
        );
        await aws.Invoking(a => a.AssumeAsync()).Should().ThrowAsync<HttpRequestException>();
        await aws.Invoking(a => a.InvokeAsync(LocalAws.Caller))
            .Should()
            .ThrowAsync<HttpRequestException>();
        (await aws.TrailAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Latency_is_waited_out()
    {
        await using var aws = await LocalAws.StartWithSystemClockAsync();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            """
            [
              {"service":"sts","kind":"latency","milliseconds":60},
              {"service":"sts","kind":"latency","milliseconds":60},
              {"service":"sts","kind":"error","code":"Throttling"}
            ]
            """
        );
        var started = Stopwatch.GetTimestamp();
        var answer = await aws.AssumeAsync();
        answer.Error.Should().Be("400 Throttling");
        // Timers may fire a little early by the stopwatch's reckoning.
        Stopwatch.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_struck_call_is_in_the_trail()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            """[{"service":"lambda","kind":"error","code":"TooManyRequestsException"}]"""
        );
        var answer = await aws.InvokeAsync(LocalAws.Caller);
        answer.Error.Should().Be("429 TooManyRequestsException");
        var record = (await aws.TrailAsync()).Single();
        record.GetProperty("errorCode").GetString().Should().Be("TooManyRequestsException");
    }
}
