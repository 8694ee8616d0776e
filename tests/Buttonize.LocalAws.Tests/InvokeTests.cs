namespace Buttonize.LocalAws.Tests;

/// <summary>Who may invoke what, and what an invocation has to look like.</summary>
public sealed class InvokeTests
{
    private const string SessionArn =
        $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/Demo/somebody";

    [Theory]
    [InlineData("discounts:$LATEST", true)]
    [InlineData("discounts:7", false)]
    public async Task Only_the_latest_version_exists(string name, bool exists)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + ":*"));
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be(exists ? "200 " : "404 ResourceNotFoundException");
    }

    [Fact]
    public async Task A_qualifier_may_come_in_the_query_and_has_to_agree()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(LocalAws.FunctionArn + ":*"));
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var answer = await aws.InvokeAsync(
            session,
            change: r => r with { Target = r.Target + "?Qualifier=%24LATEST" }
        );
        answer.Status.Should().Be(200, answer.Text);
        var other = await aws.InvokeAsync(
            session,
            function: "discounts:1",
            change: r => r with { Target = r.Target + "?Qualifier=2" }
        );
        other.Error.Should().Be("400 InvalidParameterValueException");
    }

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
        unknown.ErrorMessage.Should().Be($"Function not found: {LocalAws.FunctionArn}");
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
    [InlineData("x-amz-invocation-type", "Event")]
    [InlineData("x-amz-invocation-type", "DryRun")]
    [InlineData("x-amz-log-type", "All")]
    [InlineData("x-amz-client-context", "e30=")]
    public async Task What_is_not_supported_is_refused_by_name(string header, string value)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            change: r => r with { Headers = new() { [header] = value } }
        );
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer.ErrorMessage.Should().Contain("not supported");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{} {}")]
    public async Task An_event_has_to_be_json(string payload)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Error.Should().Be("400 InvalidRequestContentException");
    }

    [Theory]
    [InlineData(0, "200 ")]
    [InlineData(1, "413 RequestTooLargeException")]
    public async Task An_event_is_six_megabytes_at_most(int more, string expected)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("wc -c");
        var payload = $"\"{new string('x', (6 * 1024 * 1024) - 2 + more)}\"";
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), payload);
        answer.Error.Should().Be(expected);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("arn:aws:lambda:eu-central-1:1:function:x")]
    public async Task A_name_has_to_be_one(string name)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Error.Should().Be("400 ValidationException");
    }
}
