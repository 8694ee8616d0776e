namespace Buttonize.LocalAws.Tests;

/// <summary>For whom, for how long and for which body a presigned call is good.</summary>
public sealed class PresignedValidityTests
{
    private const string Mismatch = "403 SignatureDoesNotMatch";

    [Theory]
    [InlineData(-900, null)]
    [InlineData(300, null)]
    [InlineData(
        -901,
        "Signature expired: 20260101T114459Z is now earlier than 20260101T114500Z (20260101T120000Z - 15 min.)"
    )]
    [InlineData(
        301,
        "Signature not yet current: 20260101T120501Z is still later than 20260101T120500Z (20260101T120000Z + 5 min.)"
    )]
    public async Task Sts_takes_a_presigned_call_for_a_quarter_of_an_hour_whatever_it_says(
        int seconds,
        string? refusal
    )
    {
        await using var aws = await LocalAws.StartAsync();
        foreach (var expires in new[] { "1", "604800" })
        {
            var answer = await PresignedCall.SendAsync(
                aws,
                r =>
                    r with
                    {
                        SignedAt = aws.Clock.GetUtcNow().AddSeconds(seconds),
                        Parameters = new() { ["X-Amz-Expires"] = expires },
                    }
            );
            (answer.Ok ? null : answer.ErrorMessage).Should().Be(refusal);
            (answer.Ok || answer.Error == Mismatch).Should().BeTrue();
        }
    }

    [Fact]
    public async Task A_presigned_url_dies_with_its_session()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        aws.Clock.Advance(TimeSpan.FromMinutes(14));
        var message = (PresignedCall.Request(aws) with { Credentials = session }).Presign(
            aws.Address
        );
        aws.Clock.Advance(TimeSpan.FromMinutes(1));
        (await aws.SendAsync(message)).Error.Should().Be("403 ExpiredToken");
    }

    [Fact]
    public async Task The_token_of_another_session_is_refused()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var other = await aws.SessionAsync();
        Credentials[] wrong =
        [
            session with
            {
                SessionToken = null,
            },
            session with
            {
                SessionToken = other.SessionToken,
            },
            LocalAws.Caller with
            {
                SessionToken = other.SessionToken,
            },
            LocalAws.Caller with
            {
                SessionToken = "",
            },
        ];
        foreach (var credentials in wrong)
        {
            var answer = await PresignedCall.SendAsync(
                aws,
                r => r with { Credentials = credentials }
            );
            answer.Error.Should().Be("403 InvalidClientTokenId");
        }
    }

    [Fact]
    public async Task The_body_of_a_presigned_call_is_signed()
    {
        await using var aws = await LocalAws.StartAsync();
        var form = PresignedCall.Request(aws) with
        {
            Method = "POST",
            Target = "/",
            Body = "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray(),
            ContentType = "application/x-www-form-urlencoded",
        };
        (await aws.SendAsync(form.Presign(aws.Address))).Status.Should().Be(200);
        var changed = await aws.SendAsync(
            (
                form with
                {
                    Tamper = m =>
                        m.Content = new ByteArrayContent(
                            "Action=GetCallerIdentity&Version=2011-06-15&"u8.ToArray()
                        )
                        {
                            Headers = { ContentType = new("application/x-www-form-urlencoded") },
                        },
                }
            ).Presign(aws.Address)
        );
        changed.Error.Should().Be(Mismatch);
        var unsigned = await aws.SendAsync(
            (
                form with
                {
                    Parameters = new() { ["X-Amz-Content-Sha256"] = "UNSIGNED-PAYLOAD" },
                }
            ).Presign(aws.Address)
        );
        unsigned.Error.Should().Be(Mismatch);
        unsigned.ErrorMessage.Should().Contain("UNSIGNED-PAYLOAD is not supported");
    }

    [Fact]
    public async Task Lambda_takes_a_presigned_call_for_five_minutes()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var request = new AwsRequest(
            "lambda",
            "/2015-03-31/functions/discounts/invocations",
            """{"a":1}"""u8.ToArray()
        )
        {
            Credentials = session,
            SignedAt = aws.Clock.GetUtcNow(),
            ContentType = "application/json",
        };
        var answer = await aws.SendAsync(request.Presign(aws.Address));
        answer.Text.Should().Be("""{"a":1}""");
        aws.Clock.Advance(TimeSpan.FromSeconds(301));
        var late = await aws.SendAsync(request.Presign(aws.Address));
        late.Error.Should().Be("403 InvalidSignatureException");
        late.ErrorMessage.Should().StartWith("Signature expired: 20260101T120000Z");
    }
}
