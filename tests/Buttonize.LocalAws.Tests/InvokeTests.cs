namespace Buttonize.LocalAws.Tests;

/// <summary>Who may invoke what, and what an invocation has to look like.</summary>
public sealed class InvokeTests
{
    private const string SessionArn =
        $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/Demo/somebody";

    [Fact]
    public async Task A_policy_for_the_function_does_not_cover_its_versions()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: "discounts:$LATEST");
        answer.Error.Should().Be("403 AccessDeniedException");
    }

    [Fact]
    public async Task Whoever_is_not_allowed_does_not_learn_what_exists()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var unknown = await aws.InvokeAsync(session);
        unknown.Error.Should().Be("404 ResourceNotFoundException");
        unknown.ErrorMessage.Should().Be($"Function not found: {LocalAws.FunctionArn}:$LATEST");
        var denied = await aws.InvokeAsync(session, function: "other");
        denied.Error.Should().Be("403 AccessDeniedException");
        var arn = LocalAws.FunctionArn.Replace("discounts", "other", StringComparison.Ordinal);
        denied
            .Text.Should()
            .Be(
                $$"""{"Message":"User: {{SessionArn}} is not authorized to perform: lambda:InvokeFunction on resource: {{arn}} because no identity-based policy allows the lambda:InvokeFunction action"}"""
            );
    }

    [Theory]
    [InlineData("Allow", LocalAws.FunctionArn, null)]
    [InlineData(
        "Allow",
        LocalAws.FunctionArn + "2",
        "because no session policy allows the lambda:InvokeFunction action"
    )]
    [InlineData("Deny", "*", "with an explicit deny in a session policy")]
    public async Task A_session_policy_only_narrows(string effect, string resource, string? refusal)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var policy = Policies.Permission(effect, "lambda:*", resource).ToJsonString();
        var session = await aws.SessionAsync(new AssumeRoleParameters().With("Policy", policy));
        var answer = await aws.InvokeAsync(session);
        (answer.Ok ? "" : answer.ErrorMessage).Should().EndWith(refusal ?? "");
        answer.Ok.Should().Be(refusal is null);
        var wider = await aws.InvokeAsync(session, function: "discounts2");
        wider.Error.Should().Be("403 AccessDeniedException");
    }

    [Fact]
    public async Task An_explicit_deny_of_the_role_wins()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Trust(),
            Policies.AllowInvoke("*"),
            Policies.Permission("Deny", "lambda:Invoke*", LocalAws.FunctionArn)
        );
        var answer = await aws.InvokeAsync(await aws.SessionAsync());
        answer.ErrorMessage.Should().EndWith("with an explicit deny in an identity-based policy");
    }

    [Fact]
    public async Task Another_accounts_functions_are_out_of_reach()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(LocalAws.Caller, function: LocalAws.FunctionArn);
        answer.Error.Should().Be("403 AccessDeniedException");
        answer.ErrorMessage.Should().Contain("no resource-based policy");
    }

    [Fact]
    public async Task Another_regions_functions_are_out_of_reach()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: LocalAws.FunctionArn,
            change: r => r with { Region = "us-west-2" }
        );
        answer.Error.Should().Be("404 ResourceNotFoundException");
        answer
            .ErrorMessage.Should()
            .Be("Functions from 'eu-central-1' are not reachable in this region ('us-west-2')");
    }

    [Fact]
    public async Task Long_lived_keys_invoke_by_their_own_policy()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        const string User = $"arn:aws:iam::{LocalAws.CustomerAccount}:user/local";
        await aws.PutCallerAsync(Policies.AllowInvoke(), User);
        (await aws.InvokeAsync(LocalAws.Caller)).Ok.Should().BeTrue();
        await aws.PutCallerAsync(Policies.AllowInvoke("arn:aws:lambda:*:*:function:x"), User);
        (await aws.InvokeAsync(LocalAws.Caller)).Error.Should().Be("403 AccessDeniedException");
    }

    [Theory]
    [InlineData("x-amz-tenant-id", "blue")]
    [InlineData("x-amz-durable-execution-name", "once")]
    public async Task What_is_not_supported_is_refused_by_name(string header, string value)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { [header] = value } }
        );
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer.ErrorMessage.ToLowerInvariant().Should().Be($"'{header}' is not supported.");
    }

    [Theory]
    [InlineData(
        "x-amz-invocation-type",
        "event",
        "invocationType",
        "[Event, RequestResponse, DryRun]"
    )]
    [InlineData("x-amz-invocation-type", "", "invocationType", "[Event, RequestResponse, DryRun]")]
    [InlineData("x-amz-log-type", "All", "logType", "[None, Tail]")]
    public async Task What_the_api_model_does_not_have_is_a_validation_error(
        string header,
        string value,
        string member,
        string allowed
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { [header] = value } }
        );
        answer.Error.Should().Be("400 ValidationException");
        answer
            .ErrorMessage.Should()
            .Be(
                $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
                    + $"Member must satisfy enum value set: {allowed}"
            );
    }

    [Fact]
    public async Task All_validation_errors_are_told_at_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: "a b",
            change: r =>
                r with
                {
                    Target = r.Target + "?Qualifier=",
                    Headers = new() { ["x-amz-invocation-type"] = "x" },
                }
        );
        answer
            .ErrorMessage.Should()
            .StartWith("3 validation errors detected: Value 'a b' at 'functionName'")
            .And.Contain(
                "; Value '' at 'qualifier' failed to satisfy constraint: Member must have length greater than or equal to 1; "
            );
    }

    [Theory]
    [InlineData("x-amzn-requestid", "17", "UUID")]
    [InlineData("x-amz-client-context", "string", "Base64-encoded JSON object")]
    [InlineData("x-amz-client-context", "W10=", "Base64-encoded JSON object")]
    [InlineData("x-amz-client-context", "eyI=", "Base64-encoded JSON object")]
    public async Task A_header_that_is_not_what_it_should_be_is_invalid_content(
        string header,
        string value,
        string message
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { [header] = value } }
        );
        answer.Error.Should().Be("400 InvalidRequestContentException");
        answer.ErrorMessage.Should().Contain(message);
    }

    [Theory]
    [InlineData("?qualifier=1", "'qualifier' is not supported.")]
    [InlineData("?x=1", "'x' is not supported.")]
    public async Task Another_parameter_is_refused_by_name(string query, string message)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            LocalAws.Caller,
            change: r => r with { Target = r.Target + query }
        );
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer.ErrorMessage.Should().Be(message);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("invalid:function:name")]
    [InlineData("arn:aws:lambda:eu-central-1:1:function:x")]
    [InlineData("discounts\n")]
    [InlineData("discounts:$OLDEST")]
    [InlineData("٣discounts")]
    public async Task A_name_has_to_be_one(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be("400 ValidationException");
        answer
            .ErrorMessage.Should()
            .StartWith(
                $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must "
                    + "satisfy regular expression pattern: (arn:"
            );
    }

    [Theory]
    [InlineData("arn:aws:lambda:discounts")]
    [InlineData("arn::lambda:eu-central-1:123456789012:function:discounts")]
    [InlineData("arn:aws:lambda:eu-central-1:function:discounts")]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:discounts")]
    [InlineData("eu-central-1:123456789012:function:discounts")]
    [InlineData("eu-central-1:discounts")]
    public async Task A_form_that_is_not_documented_is_refused_by_name(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke("*"));
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer.ErrorMessage.Should().StartWith($"'{name}' is not supported");
    }

    [Theory]
    [InlineData(64, "", "404 ResourceNotFoundException")]
    [InlineData(65, "", "400 InvalidParameterValueException")]
    [InlineData(65, ":prod", "400 InvalidParameterValueException")]
    public async Task A_name_alone_has_64_characters_at_most(
        int length,
        string suffix,
        string expected
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke("*"));
        var name = new string('x', length);
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name + suffix);
        answer.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData(256, "404 ResourceNotFoundException")]
    [InlineData(257, "400 ValidationException")]
    public async Task An_arn_has_256_characters_at_most(int length, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke("*"));
        var arn = LocalAws.FunctionArn.PadRight(length, 'x');
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: arn);
        answer.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("$LATEST.PUBLISHED", "400 InvalidParameterValueException")]
    [InlineData("a.b", "400 ValidationException")]
    [InlineData("", "400 ValidationException")]
    [InlineData("129", "400 ValidationException")]
    [InlineData("128", "404 ResourceNotFoundException")]
    public async Task A_qualifier_has_to_be_one(string qualifier, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke("*"));
        var text = int.TryParse(qualifier, out var length) ? new string('x', length) : qualifier;
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Target = $"{r.Target}?Qualifier={Uri.EscapeDataString(text)}" }
        );
        answer.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("ResourceNotFoundException", """{"Type":"User","Message":"*"}""")]
    [InlineData("TooManyRequestsException", """{"Type":"User","message":"*"}""")]
    [InlineData("ServiceException", """{"Type":"Service","Message":"*"}""")]
    [InlineData("AccessDeniedException", """{"Message":"*"}""")]
    public async Task An_error_is_spelled_as_the_api_model_has_it(string code, string body)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            $$"""[{"service":"lambda","kind":"error","code":"{{code}}"}]"""
        );
        var answer = await aws.InvokeAsync(LocalAws.Caller);
        answer.Header("x-amzn-ErrorType").Should().Be(code);
        answer.Header("x-amzn-RequestId").Should().NotBeNullOrEmpty();
        answer.Message.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        answer.Text.Should().Match(body);
    }

    [Theory]
    [InlineData("/2015-03-31/Functions/discounts/invocations")]
    [InlineData("/2015-03-31/functions/discounts/invocations/")]
    [InlineData("/2015-03-31/functions/discounts/invoke-async")]
    public async Task A_path_is_spelled_as_it_is(string path)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Target = path }
        );
        answer.Error.Should().Be("404 UnknownOperationException");
    }
}
