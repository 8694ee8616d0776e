using System.Text;

namespace Buttonize.LocalAws.Tests;

public sealed class SignatureTests
{
    private const string Mismatch = "403 SignatureDoesNotMatch";

    [Fact]
    public async Task A_good_signature_tells_who_signed()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync();
        answer.Status.Should().Be(200, answer.Text);
        answer.Xml("Arn").Should().Be(LocalAws.CallerArn);
        answer.Xml("Account").Should().Be(LocalAws.CallerAccount);
        answer.Xml("UserId").Should().MatchRegex(@"\AAIDA[A-Z2-7]{17}\z");
        answer.Header("x-amzn-RequestId").Should().Be(answer.Xml("RequestId"));
    }

    [Fact]
    public async Task Nothing_that_is_signed_can_be_changed()
    {
        await using var aws = await LocalAws.StartAsync();
        var headers = new Dictionary<string, string> { ["x-amz-user-agent"] = "test" };
        var changes = new Dictionary<string, Func<AwsRequest, AwsRequest>>
        {
            ["method"] = r => r with { SignedMethod = "PUT" },
            ["query"] = r => r with { Tamper = m => m.RequestUri = new Uri(aws.Address, "/?a=b") },
            ["host"] = r => r with { Tamper = m => m.Headers.Host = "sts.amazonaws.com" },
            ["a header"] = r =>
                r with
                {
                    Headers = headers,
                    Tamper = m => Replace(m, "x-amz-user-agent", "other"),
                },
            ["a header gone"] = r =>
                r with
                {
                    Headers = headers,
                    Tamper = m => m.Headers.Remove("x-amz-user-agent"),
                },
            ["content type"] = r =>
                r with
                {
                    Tamper = m => m.Content!.Headers.ContentType = new("text/plain"),
                },
            ["date"] = r => r with { Tamper = m => Replace(m, "x-amz-date", "20260101T120001Z") },
            ["body"] = r =>
                r with
                {
                    Body = Encoding.UTF8.GetBytes("Action=GetCallerIdentity&Version=2011-06-15"),
                    Tamper = m => m.Content = new ByteArrayContent("Action=AssumeRole"u8.ToArray()),
                },
            ["region"] = r => r with { Tamper = m => Rewrite(m, "eu-central-1", "eu-west-1") },
            ["signature"] = r => r with { Tamper = m => Rewrite(m, "Signature=", "Signature=0") },
            ["secret"] = r =>
                r with
                {
                    Credentials = LocalAws.Caller with { SecretAccessKey = "another" },
                },
        };
        foreach (var (what, change) in changes)
        {
            var answer = await aws.WhoAmIAsync(change: change);
            answer.Error.Should().Be(Mismatch, what);
            answer.ErrorMessage.Should().StartWith("The request signature we calculated", what);
        }
    }

    [Fact]
    public async Task The_path_is_signed()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.InvokeAsync(
            LocalAws.Caller,
            function: "one",
            change: r =>
                r with
                {
                    Tamper = m =>
                        m.RequestUri = new Uri(
                            aws.Address,
                            "/2015-03-31/functions/two/invocations"
                        ),
                }
        );
        answer.Error.Should().Be("403 InvalidSignatureException");
    }

    [Theory]
    [InlineData("x-amz-date")]
    [InlineData("x-amz-user-agent")]
    [InlineData("host")]
    public async Task Headers_that_must_be_signed_are_missed_by_name(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Headers = new() { ["x-amz-user-agent"] = "test" },
                Unsigned = [name],
            }
        );
        answer.Error.Should().Be(Mismatch);
        answer.ErrorMessage.Should().ContainEquivalentOf($"'{name}'").And.Contain("SignedHeader");
    }

    [Fact]
    public async Task The_scope_has_to_fit()
    {
        await using var aws = await LocalAws.StartAsync();
        var wrong = new Dictionary<string, Func<AwsRequest, AwsRequest>>
        {
            ["Credential should be scoped to a valid region, not 'mars'."] = r =>
                r with
                {
                    Region = "mars",
                },
            ["Credential should be scoped to correct service: 'sts'."] = r =>
                r with
                {
                    ScopeService = "iam",
                },
            ["Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'."] =
                r => r with { Terminator = "aws4" },
            [
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251231' != '20260101', from '20260101T120000Z'."
            ] = r => r with { ScopeDate = "20251231" },
        };
        foreach (var (message, change) in wrong)
        {
            var answer = await aws.WhoAmIAsync(change: change);
            answer.Error.Should().Be(Mismatch);
            answer.ErrorMessage.Should().Be(message);
        }
    }

    [Theory]
    [InlineData(-300, null)]
    [InlineData(300, null)]
    [InlineData(
        -301,
        "Signature expired: 20260101T115459Z is now earlier than 20260101T115500Z (20260101T120000Z - 5 min.)"
    )]
    [InlineData(
        301,
        "Signature not yet current: 20260101T120501Z is still later than 20260101T120500Z (20260101T120000Z + 5 min.)"
    )]
    public async Task Clocks_may_differ_by_five_minutes(int seconds, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync(change: r =>
            r with
            {
                SignedAt = aws.Clock.GetUtcNow().AddSeconds(seconds),
            }
        );
        (answer.Ok ? null : answer.ErrorMessage).Should().Be(refusal);
        (answer.Ok || answer.Error == Mismatch).Should().BeTrue();
    }

    [Fact]
    public async Task The_hash_of_the_body_may_be_sent_and_then_has_to_be_right()
    {
        await using var aws = await LocalAws.StartAsync();
        foreach (var hash in new[] { "UNSIGNED-PAYLOAD", new string('0', 64) })
        {
            var answer = await aws.WhoAmIAsync(change: r =>
                r with
                {
                    Headers = new() { ["x-amz-content-sha256"] = hash },
                }
            );
            answer.Error.Should().Be(Mismatch);
            answer.ErrorMessage.Should().Contain("x-amz-content-sha256");
        }
    }

    [Fact]
    public async Task Who_does_not_sign_is_told_so()
    {
        await using var aws = await LocalAws.StartAsync();
        var unsigned = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Tamper = m => m.Headers.Remove("Authorization"),
            }
        );
        unsigned.Error.Should().Be("403 MissingAuthenticationToken");
        unsigned.ErrorMessage.Should().Be("Request is missing Authentication Token");
        var lambda = await aws.InvokeAsync(
            LocalAws.Caller,
            change: r => r with { Tamper = m => m.Headers.Remove("Authorization") }
        );
        lambda.Error.Should().Be("403 MissingAuthenticationTokenException");
        lambda.ErrorMessage.Should().Be("Missing Authentication Token");
    }

    [Theory]
    [InlineData("Bearer abc")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/sts/aws4_request")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0")]
    [InlineData(
        "AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/sts/aws4_request, SignedHeaders=x-amz-date;host, Signature=0"
    )]
    public async Task A_broken_authorization_is_incomplete(string header)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Tamper = m => Replace(m, "Authorization", header),
            }
        );
        answer.Error.Should().Be("400 IncompleteSignature");
    }

    [Fact]
    public async Task A_token_belongs_to_its_key_unchanged()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var other = await aws.SessionAsync();
        await using var elsewhere = await LocalAws.StartAsync();
        var foreign = await elsewhere.SessionAsync();
        var token = session.SessionToken!;
        var flipped = (token[0] == 'A' ? 'B' : 'A') + token[1..];
        Credentials[] wrong =
        [
            foreign,
            session with
            {
                SessionToken = null,
            },
            session with
            {
                SessionToken = flipped,
            },
            session with
            {
                SessionToken = token + "=",
            },
            session with
            {
                SessionToken = "garbage",
            },
            session with
            {
                SessionToken = other.SessionToken,
            },
            LocalAws.Caller with
            {
                SessionToken = token,
            },
            LocalAws.Caller with
            {
                AccessKeyId = "AKIAUNKNOWNUNKNOWN00",
            },
        ];
        foreach (var credentials in wrong)
        {
            var sts = await aws.WhoAmIAsync(credentials);
            sts.Error.Should().Be("403 InvalidClientTokenId");
            sts.ErrorMessage.Should().Be("The security token included in the request is invalid.");
            var lambda = await aws.InvokeAsync(credentials);
            lambda.Error.Should().Be("403 UnrecognizedClientException");
        }
        (await aws.WhoAmIAsync(session)).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task A_body_may_come_in_chunks()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Tamper = m =>
                {
                    m.Headers.TransferEncodingChunked = true;
                    m.Headers.ExpectContinue = true;
                },
            }
        );
        answer.Status.Should().Be(200, answer.Text);
    }

    private static void Replace(HttpRequestMessage message, string name, string value)
    {
        message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation(name, value);
    }

    private static void Rewrite(HttpRequestMessage message, string from, string to)
    {
        var header = message.Headers.NonValidated["Authorization"].ToString();
        Replace(message, "Authorization", header.Replace(from, to, StringComparison.Ordinal));
    }
}
