using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>What an event and an answer may be.</summary>
public sealed class InvokePayloadTests
{
    private const int SixMegabytes = 6 * 1024 * 1024;

    [Theory]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData(" ")]
    [InlineData("notat:asdfasdf")]
    [InlineData("[1,]")]
    [InlineData("NaN")]
    [InlineData("\uFEFF{}")]
    public async Task An_event_has_to_be_json(string payload)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Error.Should().Be("400 InvalidRequestContentException");
        answer
            .Text.Should()
            .StartWith("""{"Type":"User","message":"Could not parse request body into json: """);
    }

    [Theory]
    [InlineData("2287 22")]
    [InlineData("99EB2C6A")]
    [InlineData("22C022")]
    [InlineData("22EDA08022")]
    public async Task An_event_has_to_be_utf_8(string hex)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Body = bytes }
        );
        answer.Error.Should().Be("400 InvalidRequestContentException");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("[1e999,-0.0]")]
    [InlineData(" {\"a\":1,\"a\":\"\\ud800\"}\n")]
    public async Task An_event_is_passed_on_as_it_is(string payload)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        (await aws.InvokeAsync(await aws.SessionAsync(), payload)).Text.Should().Be(payload);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(100_000)]
    public async Task An_event_may_be_deep(int depth)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var payload = new string('[', depth) + new string(']', depth);
        (await aws.InvokeAsync(await aws.SessionAsync(), payload)).Text.Should().Be(payload);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"a\":1}")]
    public async Task An_event_may_come_in_chunks(string payload)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            payload,
            change: r => r with { Tamper = m => m.Headers.TransferEncodingChunked = true }
        );
        answer.Text.Should().Be(payload.Length == 0 ? "{}" : payload);
    }

    [Theory]
    [InlineData(0, false, "200 ")]
    [InlineData(1, false, "413 RequestTooLargeException")]
    [InlineData(0, true, "200 ")]
    [InlineData(1, true, "413 RequestTooLargeException")]
    public async Task An_event_is_six_megabytes_at_most(int more, bool chunked, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("wc -c");
        var payload = $"\"{new string('x', SixMegabytes - 2 + more)}\"";
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            payload,
            change: r => r with { Tamper = m => m.Headers.TransferEncodingChunked = chunked }
        );
        answer.Error.Should().Be(expected);
        if (more > 0)
        {
            answer
                .Text.Should()
                .Be(
                    """{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}"""
                );
        }
        else
        {
            answer.Text.Trim().Should().Be("6291456");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task An_answer_is_a_hundred_bytes_more_at_most(int more)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(
            $"printf '\"'; head -c {SixMegabytes + 98 + more} /dev/zero | tr '\\0' x; printf '\"'"
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        answer.Status.Should().Be(200);
        if (more == 0)
        {
            Encoding.UTF8.GetByteCount(answer.Text).Should().Be(6_291_556);
            answer.Header("X-Amz-Function-Error").Should().BeNull();
        }
        else
        {
            answer
                .Text.Should()
                .Be(
                    """{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}"""
                );
            answer.Header("X-Amz-Function-Error").Should().Be("Unhandled");
        }
    }
}
