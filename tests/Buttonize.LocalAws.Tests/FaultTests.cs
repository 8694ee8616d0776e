using System.Net.Sockets;
using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>Which calls a fault strikes, and what they are answered.</summary>
public sealed class FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>"CloudTrail captures all API calls … as events", of callers that were authenticated.</summary>
    [Theory]
    [InlineData("SignatureDoesNotMatch", 0)]
    [InlineData("InvalidClientTokenId", 0)]
    [InlineData("ExpiredToken", 0)]
    [InlineData("ExpiredTokenException", 0)]
    [InlineData("Throttling", 1)]
    [InlineData("InternalFailure", 1)]
    public async Task What_was_not_authenticated_is_in_no_trail_on_demand_either(
        string code,
        int records
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutAsync("faults", $$"""[{"service":"sts","kind":"error","code":"{{code}}"}]""");
        (await aws.AssumeAsync()).Ok.Should().BeFalse();
        (await aws.TrailAsync()).Should().HaveCount(records);
    }

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
        """{"service":"sts","kind":"error","code":"ExpiredToken"}""",
        "403 ExpiredToken",
        "Sender"
    )]
    [InlineData(
        """{"service":"sts","kind":"error","code":"Throttling","status":429}""",
        "429 Throttling",
        "Sender"
    )]
    [InlineData(
        """{"service":"sts","kind":"error","code":"Odd","status":418}""",
        "418 Odd",
        "Sender"
    )]
    public async Task Errors_come_on_demand(string fault, string error, string type)
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, fault);
        var answer = await aws.AssumeAsync();
        answer.Error.Should().Be(error);
        answer.Xml("Type").Should().Be(type);
        await aws.AdminAsync(HttpMethod.Delete, "faults");
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Theory]
    [InlineData("sts", "Throttling", "Rate exceeded")]
    [InlineData("sts", "ExpiredToken", "The security token included in the request is expired")]
    [InlineData(
        "sts",
        "InvalidClientTokenId",
        "The security token included in the request is invalid."
    )]
    [InlineData("sts", "PackedPolicyTooLarge", "PackedPolicyTooLarge, on demand")]
    [InlineData("lambda", "TooManyRequestsException", "Rate exceeded")]
    public async Task Messages_are_the_services_own_where_they_are_known(
        string service,
        string code,
        string message
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, $$"""{"service":"{{service}}","kind":"error","code":"{{code}}"}""");
        var answer = service == "sts" ? await aws.AssumeAsync() : await InvokeAsync(aws);
        answer.ErrorMessage.Should().Be(message);
    }

    [Theory]
    [InlineData("", "500 ServiceException", "Service")]
    [InlineData(""","code":"ServiceUnavailable" """, "503 ServiceUnavailable", "Service")]
    [InlineData(""","code":"TooManyRequestsException" """, "429 TooManyRequestsException", "User")]
    [InlineData(""","code":"EC2ThrottledException" """, "502 EC2ThrottledException", "Service")]
    public async Task Lambda_answers_in_its_own_protocol(string code, string error, string type)
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, $$"""{"service":"lambda","kind":"error"{{code}}}""");
        var answer = await InvokeAsync(aws);
        answer.Error.Should().Be(error);
        answer.Message.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        answer.Json.GetProperty("Type").GetString().Should().Be(type);
    }

    [Theory]
    [InlineData("""{"service":"sts","kind":"error","code":""}""", "'code'")]
    [InlineData("""{"service":"sts","kind":"error","code":"\u0000"}""", "'code'")]
    [InlineData("""{"service":"lambda","kind":"error","code":"\u00fc"}""", "'code'")]
    [InlineData("""{"service":"lambda","kind":"error","code":"a\r\nb: c"}""", "'code'")]
    [InlineData("""{"service":"sts","kind":"error","status":200}""", "'status'")]
    [InlineData("""{"service":"sts","kind":"error","milliseconds":5}""", "'milliseconds'")]
    [InlineData("""{"service":"sts","kind":"drop","times":2}""", "'times'")]
    [InlineData("""{"service":"sts","kind":"drop","region":"Frankfurt"}""", "'region'")]
    [InlineData("""{"service":"sts","kind":"latency","milliseconds":600001}""", "'milliseconds'")]
    public async Task What_is_not_understood_is_refused_and_changes_nothing(
        string fault,
        string reason
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, """{"service":"sts","kind":"error","code":"Throttling"}""");
        var answer = await aws.AdminAsync(HttpMethod.Put, "faults", $"[{fault}]");
        answer.Status.Should().Be(400, answer.Text);
        answer.Json.GetProperty("error").GetString().Should().Contain(reason);
        (await aws.AssumeAsync()).Error.Should().Be("400 Throttling");
    }

    [Theory]
    [InlineData("""{"service":"lambda","kind":"error"}""")]
    [InlineData("""{"service":"sts","kind":"error","operation":"GetCallerIdentity"}""")]
    [InlineData("""{"service":"sts","kind":"error","region":"eu-west-1"}""")]
    public async Task Other_calls_are_spared(string fault)
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, fault);
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task Faults_can_be_counted_and_follow_each_other()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(
            aws,
            """{"service":"sts","kind":"error","code":"Throttling","count":2}""",
            """{"service":"sts","kind":"error","code":"AccessDenied","count":1}"""
        );
        var errors = new List<string>();
        for (var call = 0; call < 4; call++)
        {
            errors.Add((await aws.AssumeAsync()).Error);
        }
        errors.Should().Equal("400 Throttling", "400 Throttling", "403 AccessDenied", "200 ");
    }

    [Fact]
    public async Task A_count_is_exact_when_all_come_at_once()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, """{"service":"sts","kind":"error","code":"Throttling","count":7}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => aws.AssumeAsync()));
        answers.Count(answer => answer.Error == "400 Throttling").Should().Be(7);
        answers.Count(answer => answer.Ok).Should().Be(33);
    }

    [Fact]
    public async Task Whoever_cannot_sign_neither_meets_a_fault_nor_uses_it_up()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, """{"service":"sts","kind":"error","code":"Throttling","count":1}""");
        var guess = LocalAws.Caller with { SecretAccessKey = "guess" };
        (await aws.AssumeAsync(credentials: guess)).Error.Should().Be("403 SignatureDoesNotMatch");
        (await aws.AssumeAsync()).Error.Should().Be("400 Throttling");
    }

    [Fact]
    public async Task A_dropped_connection_has_no_answer_and_no_effect()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        await PutAsync(
            aws,
            """{"service":"sts","kind":"drop","count":1}""",
            """{"service":"lambda","kind":"drop","count":1}"""
        );
        var dropped = await aws.Invoking(a => a.WhoAmIAsync())
            .Should()
            .ThrowAsync<HttpRequestException>();
        dropped.Which.StatusCode.Should().BeNull();
        await aws.Invoking(a => a.InvokeAsync(session)).Should().ThrowAsync<HttpRequestException>();
        (await aws.TrailAsync(eventName: "GetCallerIdentity")).Should().BeEmpty();
        (await aws.TrailAsync(eventName: "Invoke")).Should().BeEmpty();
        (await aws.WhoAmIAsync()).Ok.Should().BeTrue();
        (await aws.InvokeAsync(session)).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task Not_one_byte_comes_over_a_dropped_connection()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutAsync(aws, """{"service":"sts","kind":"drop"}""");
        var body = "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray();
        using var message = new AwsRequest("sts", "/", body)
        {
            Credentials = LocalAws.Caller,
            SignedAt = aws.Clock.GetUtcNow(),
        }.Sign(aws.Address);
        var headers = message.Headers.NonValidated.Concat(message.Content!.Headers.NonValidated);
        var head =
            $"POST / HTTP/1.1\r\nHost: {aws.Address.Authority}\r\nContent-Length: {body.Length}\r\n"
            + string.Concat(headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", aws.Address.Port, Cancellation);
        var connection = client.GetStream();
        await connection.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\n"), Cancellation);
        await connection.WriteAsync(body, Cancellation);
        (await ReadAsync(connection)).Should().Be(0);
    }

    [Fact]
    public async Task A_struck_call_is_in_the_callers_trail_unless_nobody_was_authorized_yet()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        await PutAsync(
            aws,
            """{"service":"lambda","kind":"error","code":"TooManyRequestsException"}""",
            """{"service":"sts","kind":"error","code":"Throttling"}"""
        );
        (await aws.InvokeAsync(session)).Error.Should().Be("429 TooManyRequestsException");
        (await aws.AssumeAsync()).Error.Should().Be("400 Throttling");
        (await aws.TrailAsync(eventName: "Invoke")).Should().BeEmpty();
        var record = (await aws.TrailAsync()).First();
        record.Text("recipientAccountId").Should().Be(LocalAws.CallerAccount);
        record.Text("errorCode").Should().Be("Throttling");
    }

    /// <returns>How much came before the connection ended, in order or not.</returns>
    private static async Task<int> ReadAsync(NetworkStream connection)
    {
        try
        {
            return await connection.ReadAsync(new byte[1], Cancellation);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static Task PutAsync(LocalAws aws, params string[] faults) =>
        aws.PutAsync("faults", $"[{string.Join(',', faults)}]");

    private static Task<AwsAnswer> InvokeAsync(LocalAws aws) => aws.InvokeAsync(LocalAws.Caller);
}
