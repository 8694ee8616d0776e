using System.Globalization;

namespace Buttonize.LocalAws.Tests;

/// <summary>The Authorization header as text, and the dates that go with it.</summary>
public sealed class AuthorizationHeaderTests
{
    private const string Incomplete = "400 IncompleteSignature";
    private const string Mismatch = "403 SignatureDoesNotMatch";

    [Fact]
    public async Task Spaces_and_the_order_of_the_parts_do_not_matter()
    {
        await using var aws = await LocalAws.StartAsync();
        Func<string, string>[] rewrites =
        [
            header => header.Replace(", ", ",", StringComparison.Ordinal),
            header => header.Replace(", ", "  ,   ", StringComparison.Ordinal),
            header => "AWS4-HMAC-SHA256 " + string.Join(", ", Parts(header).Reverse()),
        ];
        foreach (var rewrite in rewrites)
        {
            (await SendAsync(aws, rewrite)).Status.Should().Be(200);
        }
    }

    [Fact]
    public async Task Missing_parts_are_named_all_at_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Tamper = m =>
                {
                    Rewrite(m, _ => "AWS4-HMAC-SHA256 Credential=");
                    m.Headers.Remove("x-amz-date");
                },
            }
        );
        answer.Error.Should().Be(Incomplete);
        answer
            .ErrorMessage.Should()
            .Be(
                "Authorization header requires 'Credential' parameter. "
                    + "Authorization header requires 'Signature' parameter. "
                    + "Authorization header requires 'SignedHeaders' parameter. "
                    + "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            );
    }

    [Fact]
    public async Task Another_grammar_is_incomplete()
    {
        await using var aws = await LocalAws.StartAsync();
        Func<string, string>[] rewrites =
        [
            header => header.ToLowerInvariant(),
            header => header.Replace("AWS4-HMAC", "aws4-hmac", StringComparison.Ordinal),
            header => header.Replace("HMAC-SHA256", "ECDSA-P256-SHA256", StringComparison.Ordinal),
            header => header.Replace("SHA256 ", "SHA256\t", StringComparison.Ordinal),
            header => header.Replace("Credential=", "credential=", StringComparison.Ordinal),
            header => header.Replace(", ", "; ", StringComparison.Ordinal),
            header => header + ",",
            header => header + ", Region=eu-central-1",
            header => header + ", " + Parts(header)[2],
            header => header.Replace("/aws4_request", "", StringComparison.Ordinal),
            header => header.Replace("/sts/", "/sts/sts/", StringComparison.Ordinal),
            header => header.Replace("=content-type", "=Content-Type", StringComparison.Ordinal),
            _ => $"AWS {LocalAws.Caller.AccessKeyId}:c2lnbmF0dXJl",
            _ => "AWS3-HTTPS AWSAccessKeyId=a,Algorithm=HmacSHA256,Signature=b",
            _ => "Bearer secret",
        ];
        foreach (var (number, rewrite) in rewrites.Index())
        {
            var answer = await SendAsync(aws, rewrite);
            answer.Error.Should().Be(Incomplete, $"of rewrite {number}");
            answer.Text.Should().NotContain("secret");
        }
        var lambda = await aws.InvokeAsync(
            LocalAws.Caller,
            change: r => r with { Tamper = m => Rewrite(m, rewrites[0]) }
        );
        lambda.Error.Should().Be("400 IncompleteSignatureException");
    }

    [Fact]
    public async Task Two_of_them_are_incomplete()
    {
        await using var aws = await LocalAws.StartAsync();
        var signed = await RawRequest.OfAsync(Request(aws).Sign(aws.Address));
        var (status, text) = await (
            signed with
            {
                Headers =
                [
                    .. signed.Headers,
                    signed.Headers.Single(h => h.Name == "Authorization"),
                ],
            }
        ).SendAsync(aws.Address);
        status.Should().Be(400);
        text.Should().Contain("<Code>IncompleteSignature</Code>");
    }

    [Fact]
    public async Task A_session_token_has_to_be_signed()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        AwsRequest Unsigned(AwsRequest r) => r with { Unsigned = ["x-amz-security-token"] };
        var sts = await aws.WhoAmIAsync(session, Unsigned);
        sts.Error.Should().Be(Mismatch);
        sts.ErrorMessage.Should()
            .Be("'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.");
        var lambda = await aws.InvokeAsync(session, change: Unsigned);
        lambda.Error.Should().Be("403 InvalidSignatureException");
    }

    [Fact]
    public async Task The_date_header_will_do_but_has_to_be_signed_and_in_the_format_of_aws()
    {
        const string Date = "20260101T120000Z";
        await using var aws = await LocalAws.StartAsync();
        var signed = Request(aws) with
        {
            Headers = new() { ["date"] = Date },
            DateHeader = true,
        };
        (await aws.SendAsync(signed.Sign(aws.Address))).Status.Should().Be(200);
        var unsigned = await aws.SendAsync((signed with { Unsigned = ["date"] }).Sign(aws.Address));
        unsigned.Error.Should().Be(Mismatch);
        unsigned.ErrorMessage.Should().StartWith("'date' must be a 'SignedHeader'");
        var asInHttp = signed with
        {
            Headers = new() { ["date"] = "Thu, 01 Jan 2026 12:00:00 GMT" },
        };
        (await aws.SendAsync(asInHttp.Sign(aws.Address))).Error.Should().Be(Incomplete);
    }

    [Fact]
    public async Task The_date_of_aws_overrides_that_of_http()
    {
        await using var aws = await LocalAws.StartAsync();
        var yesterday = aws
            .Clock.GetUtcNow()
            .AddDays(-1)
            .ToString("r", CultureInfo.InvariantCulture);
        var request = Request(aws) with { Headers = new() { ["date"] = yesterday } };
        (await aws.SendAsync(request.Sign(aws.Address))).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("2026-01-01T12:00:00Z")]
    [InlineData("Thu, 01 Jan 2026 12:00:00 GMT")]
    [InlineData("20260101T120000Z,20260101T120000Z")]
    [InlineData("20260101T120000")]
    [InlineData("20260101T126000Z")]
    [InlineData("now")]
    public async Task A_date_of_aws_has_one_format(string date)
    {
        await using var aws = await LocalAws.StartAsync();
        var request = Request(aws) with { Headers = new() { ["x-amz-date"] = date } };
        var answer = await aws.SendAsync(request.Sign(aws.Address));
        answer.Error.Should().Be(Incomplete);
        answer
            .ErrorMessage.Should()
            .Be(
                $"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            );
    }

    [Fact]
    public async Task A_signed_header_has_to_be_there()
    {
        await using var aws = await LocalAws.StartAsync();
        var request = Request(aws) with
        {
            Headers = new() { ["x-empty"] = "" },
            Tamper = m => m.Headers.Remove("x-empty"),
        };
        (await aws.SendAsync(request.Sign(aws.Address))).Error.Should().Be(Mismatch);
        (await aws.SendAsync((request with { Tamper = null }).Sign(aws.Address)))
            .Status.Should()
            .Be(200);
    }

    private static AwsRequest Request(LocalAws aws) =>
        new("sts", "/", "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray())
        {
            Credentials = LocalAws.Caller,
            SignedAt = aws.Clock.GetUtcNow(),
        };

    private static Task<AwsAnswer> SendAsync(LocalAws aws, Func<string, string> rewrite) =>
        aws.WhoAmIAsync(change: r => r with { Tamper = m => Rewrite(m, rewrite) });

    private static void Rewrite(HttpRequestMessage message, Func<string, string> rewrite)
    {
        var header = message.Headers.NonValidated["Authorization"].ToString();
        message.Headers.Remove("Authorization");
        message.Headers.TryAddWithoutValidation("Authorization", rewrite(header));
    }

    private static string[] Parts(string header) => header.Split(' ', 2)[1].Split(", ");
}
