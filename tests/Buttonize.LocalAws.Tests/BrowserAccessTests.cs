using System.Net.Sockets;
using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>What browsers may send and read.</summary>
public sealed class BrowserAccessTests
{
    private const string Invocations = "/2015-03-31/functions/discounts/invocations";

    [Theory]
    [InlineData("/")]
    [InlineData(Invocations)]
    public async Task A_preflight_needs_no_signature(string path)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(aws.Address, path));
        preflight.Headers.Add("Origin", "https://console.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,x-amz-log-type");
        var answer = await aws.SendAsync(preflight);
        answer.Status.Should().Be(200);
        answer.Header("Access-Control-Allow-Origin").Should().Be("*");
        answer.Header("Access-Control-Allow-Methods").Should().Be("POST");
        answer.Header("Access-Control-Allow-Headers").Should().Be("authorization,x-amz-log-type");
        answer.Header("Access-Control-Max-Age").Should().Be("172800");
        answer.Header("Access-Control-Allow-Credentials").Should().BeNull();
        answer.Header("x-amzn-RequestId").Should().NotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("exit 1", "discounts", "200 ")]
    [InlineData("cat", "other", "403 AccessDeniedException")]
    [InlineData("cat", "a b", "400 ValidationException")]
    public async Task Every_answer_can_be_read(string shell, string function, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync(shell);
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: function,
            change: FromBrowser
        );
        answer.Error.Should().Be(expected);
        ShouldBeReadable(answer);
        ShouldBeReadable(await aws.WhoAmIAsync(change: FromBrowser));
        ShouldBeReadable(
            await aws.WhoAmIAsync(new Credentials("AKIAUNKNOWNUNKNOWN00", "x"), FromBrowser)
        );
    }

    [Fact]
    public async Task Other_programs_get_none_of_it()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        AwsAnswer[] answers =
        [
            await aws.WhoAmIAsync(),
            await aws.InvokeAsync(await aws.SessionAsync()),
        ];
        answers
            .SelectMany(answer => answer.Message.Headers)
            .Should()
            .NotContain(header => header.Key.StartsWith("Access-Control-"));
    }

    [Fact]
    public async Task A_preflight_for_what_cannot_be_answered_is_not_an_error()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(
            aws.Address.Host,
            aws.Address.Port,
            TestContext.Current.CancellationToken
        );
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes(
                $"OPTIONS / HTTP/1.1\r\nHost: {aws.Address.Authority}\r\nOrigin: https://a.example\r\n"
                    + "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-ü\r\n"
                    + "Connection: close\r\n\r\n"
            ),
            TestContext.Current.CancellationToken
        );
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        answer.Should().StartWith("HTTP/1.1 200 ");
        answer.Should().NotContain("Access-Control-Allow-Headers");
    }

    private static AwsRequest FromBrowser(AwsRequest request) =>
        request with
        {
            Tamper = message => message.Headers.Add("Origin", "https://console.example"),
        };

    private static void ShouldBeReadable(AwsAnswer answer)
    {
        answer.Header("Access-Control-Allow-Origin").Should().Be("*");
        answer
            .Header("Access-Control-Expose-Headers")!
            .ToLowerInvariant()
            .Split(',')
            .Should()
            .BeEquivalentTo(
                "x-amzn-requestid",
                "x-amzn-errortype",
                "x-amzn-errormessage",
                "date",
                "x-amz-log-result",
                "x-amz-function-error",
                "x-amz-executed-version"
            );
    }
}
