namespace Buttonize.LocalAws.Tests;

/// <summary>Calls with the signature in the query string: what has to be there, what may, and what may not.</summary>
public sealed class PresignedCallTests
{
    private const string Mismatch = "403 SignatureDoesNotMatch";
    private const string Incomplete = "400 IncompleteSignature";

    [Fact]
    public async Task A_presigned_url_tells_who_signed_it()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var longLived = await PresignedCall.SendAsync(aws);
        longLived.Status.Should().Be(200, longLived.Text);
        longLived.Xml("Arn").Should().Be(LocalAws.CallerArn);
        var temporary = await PresignedCall.SendAsync(aws, r => r with { Credentials = session });
        temporary.Status.Should().Be(200, temporary.Text);
        temporary.Xml("Arn").Should().Contain(":assumed-role/Demo/somebody");
    }

    [Fact]
    public async Task A_header_can_be_signed_along_as_kubernetes_does()
    {
        await using var aws = await LocalAws.StartAsync();
        AwsRequest Cluster(AwsRequest r) => r with { Headers = new() { ["x-k8s-aws-id"] = "one" } };
        (await PresignedCall.SendAsync(aws, Cluster)).Status.Should().Be(200);
        var other = await PresignedCall.SendAsync(
            aws,
            r =>
                Cluster(r) with
                {
                    Tamper = m =>
                    {
                        m.Headers.Remove("x-k8s-aws-id");
                        m.Headers.Add("x-k8s-aws-id", "two");
                    },
                }
        );
        other.Error.Should().Be(Mismatch);
    }

    [Fact]
    public async Task Both_forms_together_are_refused()
    {
        await using var aws = await LocalAws.StartAsync();
        foreach (var name in new[] { "X-Amz-Algorithm", "X-Amz-Security-Token", "X-Amz-Expires" })
        {
            var answer = await aws.WhoAmIAsync(change: r => r with { Target = $"/?{name}=1" });
            answer.Error.Should().Be(Mismatch);
            answer
                .ErrorMessage.Should()
                .Be(
                    $"Found both '{name}' as a query-string param and 'Authorization' as HTTP header."
                );
        }
    }

    [Fact]
    public async Task Parameters_that_are_missing_are_named_all_at_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await PresignedCall.SendAsync(
            aws,
            r =>
                r with
                {
                    Parameters = new()
                    {
                        ["X-Amz-Algorithm"] = null,
                        ["X-Amz-Credential"] = null,
                        ["X-Amz-Date"] = "",
                        ["X-Amz-SignedHeaders"] = null,
                        ["X-Amz-Signature"] = null,
                    },
                }
        );
        answer.Error.Should().Be(Incomplete);
        answer
            .ErrorMessage.Should()
            .Be(
                "AWS query-string parameters must include 'X-Amz-Algorithm'. "
                    + "AWS query-string parameters must include 'X-Amz-Credential'. "
                    + "AWS query-string parameters must include 'X-Amz-Signature'. "
                    + "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
                    + "AWS query-string parameters must include 'X-Amz-Date'. "
                    + "Re-examine the query-string parameters."
            );
    }

    [Theory]
    [InlineData("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256", "algorithm")]
    [InlineData("X-Amz-Algorithm", "aws4-hmac-sha256", "algorithm")]
    [InlineData("X-Amz-Date", "2026-01-01T12:00:00Z", "ISO-8601")]
    [InlineData("X-Amz-Date", "Thu, 01 Jan 2026 12:00:00 GMT", "ISO-8601")]
    [InlineData("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE", "5 slash-delimited elements")]
    [InlineData("X-Amz-SignedHeaders", "host;host", "SignedHeaders")]
    [InlineData("X-Amz-Expires", "0", "X-Amz-Expires")]
    [InlineData("X-Amz-Expires", "604801", "X-Amz-Expires")]
    [InlineData("X-Amz-Expires", "60.0", "X-Amz-Expires")]
    [InlineData("X-Amz-Expires", "", "X-Amz-Expires")]
    public async Task Parameters_that_are_wrong_are_refused_by_name(
        string name,
        string value,
        string named
    )
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await PresignedCall.SendAsync(
            aws,
            r => r with { Parameters = new() { [name] = value } }
        );
        answer.Error.Should().Be(Incomplete);
        answer.ErrorMessage.Should().Contain(named);
    }

    [Theory]
    [InlineData("X-Amz-Expires", "1")]
    [InlineData("X-Amz-Expires", "604800")]
    [InlineData("X-Amz-Expires", null)]
    [InlineData(
        "X-Amz-Content-Sha256",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    public async Task What_may_be_sent_or_left_out(string name, string? value)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await PresignedCall.SendAsync(
            aws,
            r => r with { Parameters = new() { [name] = value } }
        );
        answer.Status.Should().Be(200, answer.Text);
    }

    [Theory]
    [InlineData("X-Amz-Signature")]
    [InlineData("X-Amz-Security-Token")]
    [InlineData("X-Amz-Date")]
    public async Task A_parameter_of_the_signature_comes_once(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var answer = await PresignedCall.SendAsync(
            aws,
            r =>
                r with
                {
                    Credentials = session,
                    Tamper = m =>
                    {
                        var again = m.RequestUri!.Query.TrimStart('?')
                            .Split('&')
                            .Single(pair => pair.StartsWith(name, StringComparison.Ordinal));
                        m.RequestUri = new Uri($"{m.RequestUri}&{again}");
                    },
                }
        );
        answer.Error.Should().Be(Incomplete);
        answer.ErrorMessage.Should().Contain($"'{name}'");
    }

    [Theory]
    [InlineData("x-amz-date", "20260101T120000Z")]
    [InlineData("x-amz-security-token", "token")]
    [InlineData(
        "x-amz-content-sha256",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    public async Task A_parameter_of_the_signature_is_no_header_too(string name, string value)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await PresignedCall.SendAsync(
            aws,
            r => r with { Headers = new() { [name] = value } }
        );
        answer.Error.Should().Be(Incomplete);
        answer.ErrorMessage.Should().ContainEquivalentOf($"'{name}'");
    }
}
