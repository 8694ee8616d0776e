using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>Calls with the signature, or just the parameters, in the query string.</summary>
public sealed class PresignedCallTests
{
    private const string Mismatch = "403 SignatureDoesNotMatch";
    private const string Incomplete = "400 IncompleteSignature";
    private const string WhoAmI = "/?Action=GetCallerIdentity&Version=2011-06-15";

    [Fact]
    public async Task A_presigned_url_tells_who_signed_it()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var longLived = await SendAsync(aws);
        longLived.Status.Should().Be(200, longLived.Text);
        longLived.Xml("Arn").Should().Be(LocalAws.CallerArn);
        var temporary = await SendAsync(aws, r => r with { Credentials = session });
        temporary.Status.Should().Be(200, temporary.Text);
        temporary.Xml("Arn").Should().Contain(":assumed-role/Demo/somebody");
    }

    [Fact]
    public async Task A_header_can_be_signed_along_as_kubernetes_does()
    {
        await using var aws = await LocalAws.StartAsync();
        AwsRequest Cluster(AwsRequest r) => r with { Headers = new() { ["x-k8s-aws-id"] = "one" } };
        (await SendAsync(aws, Cluster)).Status.Should().Be(200);
        var other = await SendAsync(
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
    public async Task A_role_is_assumed_by_get_too()
    {
        await using var aws = await LocalAws.StartAsync();
        var parameters = string.Join(
            '&',
            new AssumeRoleParameters()
                .Tag("team", "a b+c&d")
                .Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}")
        );
        var target = $"/?Action=AssumeRole&Version=2011-06-15&{parameters}";
        foreach (var presigned in new[] { true, false })
        {
            var request = Request(aws) with { Target = target };
            var answer = await aws.SendAsync(
                presigned ? request.Presign(aws.Address) : request.Sign(aws.Address)
            );
            answer.Status.Should().Be(400, answer.Text);
            answer.ErrorMessage.Should().Contain("'a b+c&d' at 'tags.1.member.value'");
        }
        var good = await aws.SendAsync(
            (
                Request(aws) with
                {
                    Target = target.Replace("%26", "", StringComparison.Ordinal),
                }
            ).Sign(aws.Address)
        );
        good.Status.Should().Be(200, good.Text);
        (await aws.WhoAmIAsync(good.Credentials)).Ok.Should().BeTrue();
        var record = (await aws.TrailAsync(eventName: "AssumeRole"))[0];
        record
            .GetProperty("requestParameters")
            .GetProperty("tags")[0]
            .GetProperty("value")
            .GetString()
            .Should()
            .Be("a b+cd");
    }

    [Fact]
    public async Task Parameters_are_in_one_place_and_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var form = "Version=2011-06-15"u8.ToArray();
        var wrong = new Dictionary<string, AwsRequest>
        {
            ["The parameter 'Action' is in the query string of a call that has a body too."] =
                Request(aws) with
                {
                    Method = "POST",
                    Target = "/?Action=GetCallerIdentity",
                    Body = form,
                    ContentType = "application/x-www-form-urlencoded",
                },
            ["A call by GET has its parameters in the query string."] = Request(aws) with
            {
                Target = "/",
                Body = "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray(),
                ContentType = "application/x-www-form-urlencoded",
            },
            ["The parameter 'Version' is given more than once."] = Request(aws) with
            {
                Target = WhoAmI + "&Version=2011-06-15",
            },
            ["The parameter 'action' is not supported."] = Request(aws) with
            {
                Target = WhoAmI + "&action=AssumeRole",
            },
            ["The parameter 'x-amz-date' is not supported."] = Request(aws) with
            {
                Target = WhoAmI + "&x-amz-date=1",
            },
        };
        foreach (var (message, request) in wrong)
        {
            var answer = await aws.SendAsync(request.Sign(aws.Address));
            answer.Error.Should().Be("400 ValidationError", message);
            answer.ErrorMessage.Should().Be(message);
        }
    }

    [Theory]
    [InlineData("Action=GetCallerIdentity%")]
    [InlineData("Action=%zz")]
    [InlineData("Action=%FF")]
    [InlineData("%4=1")]
    public async Task What_cannot_be_decoded_is_a_malformed_query_string(string text)
    {
        await using var aws = await LocalAws.StartAsync();
        var inQuery = await new RawRequest(
            "GET",
            "/?" + text,
            [("host", "localhost")],
            ""
        ).SendAsync(aws.Address);
        inQuery.Status.Should().Be(404);
        inQuery.Text.Should().Contain("<Code>MalformedQueryString</Code>");
        var lambda = await new RawRequest(
            "POST",
            "/2015-03-31/functions/discounts/invocations?" + text,
            [("host", "localhost")],
            ""
        ).SendAsync(aws.Address);
        lambda.Status.Should().Be(400);
        lambda.Text.Should().Contain("MalformedHttpRequestException");
        var inBody = await aws.WhoAmIAsync(change: r =>
            r with
            {
                Body = Encoding.UTF8.GetBytes(text),
            }
        );
        inBody.Error.Should().Be("404 MalformedQueryString");
    }

    [Fact]
    public async Task A_refusal_is_xml_whatever_it_repeats()
    {
        await using var aws = await LocalAws.StartAsync();
        foreach (var character in new[] { "%00", "%01", "%EF%BF%BF", "%3C", "%F0%9F%99%82" })
        {
            var target = $"/?Action=GetCallerIdentity{character}&Version=2011-06-15";
            var answer = await aws.SendAsync(
                (Request(aws) with { Target = target }).Sign(aws.Address)
            );
            answer.Error.Should().Be("400 InvalidAction", character);
        }
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
        var answer = await SendAsync(
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
        var answer = await SendAsync(aws, r => r with { Parameters = new() { [name] = value } });
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
        var answer = await SendAsync(aws, r => r with { Parameters = new() { [name] = value } });
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
        var answer = await SendAsync(
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
        var answer = await SendAsync(aws, r => r with { Headers = new() { [name] = value } });
        answer.Error.Should().Be(Incomplete);
        answer.ErrorMessage.Should().ContainEquivalentOf($"'{name}'");
    }

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
            var answer = await SendAsync(
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
        var message = (Request(aws) with { Credentials = session }).Presign(aws.Address);
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
            var answer = await SendAsync(aws, r => r with { Credentials = credentials });
            answer.Error.Should().Be("403 InvalidClientTokenId");
        }
    }

    [Fact]
    public async Task The_body_of_a_presigned_call_is_signed()
    {
        await using var aws = await LocalAws.StartAsync();
        var form = Request(aws) with
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

    [Fact]
    public async Task Lambda_names_what_is_wrong_with_a_query()
    {
        await using var aws = await LocalAws.StartAsync();
        var errors = new Dictionary<string, string>
        {
            ["X-Amz-Signature=0"] = "403 InvalidSignatureException",
            ["AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"] = "400 IncompleteSignatureException",
            ["qualifier=1"] = "400 InvalidParameterValueException",
            ["Qualifier=$LATEST&Qualifier=1"] = "400 InvalidParameterValueException",
        };
        foreach (var (query, error) in errors)
        {
            var answer = await aws.InvokeAsync(
                LocalAws.Caller,
                change: r => r with { Target = $"{r.Target}?{query}" }
            );
            answer.Error.Should().Be(error, query);
        }
    }

    private static AwsRequest Request(LocalAws aws) =>
        new("sts", WhoAmI, [])
        {
            Method = "GET",
            Credentials = LocalAws.Caller,
            SignedAt = aws.Clock.GetUtcNow(),
            ContentType = null,
        };

    private static Task<AwsAnswer> SendAsync(
        LocalAws aws,
        Func<AwsRequest, AwsRequest>? change = null
    )
    {
        var request = Request(aws);
        return aws.SendAsync((change?.Invoke(request) ?? request).Presign(aws.Address));
    }
}
