namespace Buttonize.LocalAws.Tests;

/// <summary>Invocations in the trail: data events, which a customer has to turn on.</summary>
public sealed class LambdaDataEventTests
{
    [Fact]
    public async Task An_invocation_shows_the_session_and_not_the_payload()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync(
            new AssumeRoleParameters()
                .With("SourceIdentity", "btnz__u__fpyrek")
                .Tag("buttonize-user-name", "fpyrek")
        );
        aws.Clock.Advance(TimeSpan.FromMinutes(1));
        var answer = await aws.InvokeAsync(
            session,
            """{"very":"private"}""",
            change: r =>
                r with
                {
                    Tamper = m => m.Headers.TryAddWithoutValidation("User-Agent", "sdk/1"),
                }
        );
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        record.ShouldLookLike(
            $$"""
            {
              "eventVersion": "1.08",
              "userIdentity": {
                "type": "AssumedRole",
                "principalId": "*",
                "arn": "arn:aws:sts::{{LocalAws.CustomerAccount}}:assumed-role/Demo/somebody",
                "accountId": "{{LocalAws.CustomerAccount}}",
                "accessKeyId": "{{session.AccessKeyId}}",
                "sessionContext": {
                  "sessionIssuer": {
                    "type": "Role",
                    "principalId": "*",
                    "arn": "{{LocalAws.RoleArn}}",
                    "accountId": "{{LocalAws.CustomerAccount}}",
                    "userName": "Demo"
                  },
                  "attributes": {
                    "creationDate": "2026-01-01T12:00:00Z",
                    "mfaAuthenticated": "false"
                  },
                  "sourceIdentity": "btnz__u__fpyrek"
                }
              },
              "eventTime": "2026-01-01T12:01:00Z",
              "eventSource": "lambda.amazonaws.com",
              "eventName": "Invoke",
              "awsRegion": "eu-central-1",
              "sourceIPAddress": "127.0.0.1",
              "userAgent": "sdk/1",
              "requestParameters": {
                "functionName": "{{LocalAws.FunctionArn}}",
                "invocationType": "RequestResponse"
              },
              "responseElements": null,
              "additionalEventData": { "functionVersion": "{{LocalAws.FunctionArn}}:$LATEST" },
              "requestID": "{{answer.Header("x-amzn-RequestId")}}",
              "eventID": "*",
              "readOnly": false,
              "resources": [
                {
                  "accountId": "{{LocalAws.CustomerAccount}}",
                  "type": "AWS::Lambda::Function",
                  "ARN": "{{LocalAws.FunctionArn}}"
                }
              ],
              "eventType": "AwsApiCall",
              "managementEvent": false,
              "recipientAccountId": "{{LocalAws.CustomerAccount}}",
              "eventCategory": "Data",
              "tlsDetails": { "clientProvidedHostHeader": "{{aws.Address.Authority}}" }
            }
            """
        );
    }

    [Fact]
    public async Task A_qualifier_and_a_wish_for_the_log_are_parameters()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + ":*"));
        await aws.PutFunctionAsync("cat");
        await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: "discounts:$LATEST",
            change: r => r with { Headers = new() { ["x-amz-log-type"] = "Tail" } }
        );
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        TrailShape
            .Leaves(record.GetProperty("requestParameters"))
            .Should()
            .Equal(
                ("$.functionName", $"\"{LocalAws.FunctionArn}\""),
                ("$.invocationType", "\"RequestResponse\""),
                ("$.logType", "\"Tail\""),
                ("$.qualifier", "\"$LATEST\"")
            );
        record.Text("resources").Should().NotContain("$LATEST");
    }

    [Fact]
    public async Task A_function_that_fails_is_no_error_of_the_call()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("exit 3");
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        answer.Header("X-Amz-Function-Error").Should().Be("Unhandled");
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        record.TryGetProperty("errorCode", out _).Should().BeFalse();
    }

    [Fact]
    public async Task An_authorized_call_that_Lambda_refuses_is_recorded_with_the_error()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.InvokeAsync(await aws.SessionAsync(), "{very private");
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        record.Text("errorCode").Should().Be("InvalidRequestContentException");
        record.Text("requestParameters.functionName").Should().Be(LocalAws.FunctionArn);
        record.GetRawText().Should().NotContain("private");
    }

    [Theory]
    [InlineData("other", "eu-central-1")] // not allowed by the role's policy
    [InlineData("discounts2", "eu-central-1")] // allowed, and does not exist
    [InlineData("discounts:7", "eu-central-1")] // likewise
    [InlineData(LocalAws.FunctionArn, "us-west-2")] // not reachable from there
    [InlineData("a b", "eu-central-1")] // not a name
    public async Task A_call_that_does_not_reach_the_function_is_in_no_trail(
        string function,
        string region
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + "*"));
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var answer = await aws.InvokeAsync(
            session,
            function: function,
            change: r => r with { Region = region }
        );
        answer.Ok.Should().BeFalse();
        (await aws.TrailAsync(eventName: "Invoke")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_stranger_is_in_no_trail_of_the_function()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(LocalAws.Caller, function: LocalAws.FunctionArn);
        answer.Error.Should().Be("403 AccessDeniedException");
        (await aws.TrailAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Data_events_can_be_off_for_a_function()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat", dataEvents: false);
        var session = await aws.SessionAsync();
        (await aws.InvokeAsync(session)).Ok.Should().BeTrue();
        (await aws.InvokeAsync(session, "{")).Ok.Should().BeFalse();
        (await aws.TrailAsync(eventName: "Invoke")).Should().BeEmpty();
    }
}
