namespace Buttonize.LocalAws.Tests;

/// <summary>Published versions and aliases: how they are put, named, authorized and run.</summary>
public sealed class FunctionVersionTests
{
    private const string Arn = LocalAws.FunctionArn;

    [Theory]
    [InlineData("discounts", "newest", "$LATEST")]
    [InlineData("discounts:$LATEST", "newest", "$LATEST")]
    [InlineData("discounts:1", "first", "1")]
    [InlineData($"{LocalAws.CustomerAccount}:discounts:1", "first", "1")]
    [InlineData($"{LocalAws.CustomerAccount}:function:discounts:1", "first", "1")]
    [InlineData($"{Arn}:1", "first", "1")]
    [InlineData("discounts:prod", "first", "1")]
    [InlineData("function:discounts:prod", "first", "1")]
    [InlineData($"{Arn}:dev", "newest", "$LATEST")]
    public async Task A_qualifier_says_which_version_runs(string name, string ran, string version)
    {
        await using var aws = await StartAsync();
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: name);
        answer.Text.Should().Be($"\"{ran}:{version}\"");
        answer.Header("X-Amz-Executed-Version").Should().Be(version);
    }

    [Theory]
    [InlineData("discounts", "1", "1")]
    [InlineData("discounts", "prod", "1")]
    [InlineData("discounts:prod", "prod", "1")]
    [InlineData(Arn, "$LATEST", "$LATEST")]
    public async Task A_qualifier_may_come_in_the_query(
        string name,
        string qualifier,
        string version
    )
    {
        await using var aws = await StartAsync();
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: name,
            change: r => With(r, qualifier)
        );
        answer.Header("X-Amz-Executed-Version").Should().Be(version, answer.Text);
    }

    [Theory]
    [InlineData("discounts:1", "prod")]
    [InlineData("discounts:$LATEST", "1")]
    public async Task Two_qualifiers_have_to_agree(string name, string qualifier)
    {
        await using var aws = await StartAsync();
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: name,
            change: r => With(r, qualifier)
        );
        answer.Error.Should().Be("400 InvalidParameterValueException");
        answer
            .Text.Should()
            .Be(
                """{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}"""
            );
    }

    [Theory]
    [InlineData("2")]
    [InlineData("PROD")]
    [InlineData("01")]
    public async Task Another_version_or_alias_is_not_there(string qualifier)
    {
        await using var aws = await StartAsync();
        var answer = await aws.InvokeAsync(
            await aws.SessionAsync(),
            function: $"discounts:{qualifier}"
        );
        answer.Error.Should().Be("404 ResourceNotFoundException");
        answer
            .Text.Should()
            .Be($$"""{"Type":"User","Message":"Function not found: {{Arn}}:{{qualifier}}"}""");
    }

    [Theory]
    [InlineData(Arn, "discounts:1 discounts:prod discounts:$LATEST")]
    [InlineData($"{Arn}:1", "discounts discounts:prod discounts:$LATEST")]
    [InlineData($"{Arn}:prod", "discounts discounts:1 discounts:dev")]
    [InlineData($"{Arn}:*", "discounts")]
    public async Task A_policy_covers_the_arn_as_it_is_called(string resource, string refused)
    {
        await using var aws = await StartAsync(resource);
        var session = await aws.SessionAsync();
        string[] names =
        [
            "discounts",
            "discounts:$LATEST",
            "discounts:1",
            "discounts:prod",
            "discounts:dev",
        ];
        var allowed = new List<string>();
        foreach (var name in names)
        {
            if ((await aws.InvokeAsync(session, function: name)).Ok)
            {
                allowed.Add(name);
            }
        }
        allowed.Should().NotIntersectWith(refused.Split(' ')).And.NotBeEmpty();
    }

    [Fact]
    public async Task An_alias_moves_to_another_version()
    {
        await using var aws = await StartAsync();
        await PutAliasAsync(aws, "prod", "$LATEST");
        var answer = await aws.InvokeAsync(await aws.SessionAsync(), function: "discounts:prod");
        answer.Header("X-Amz-Executed-Version").Should().Be("$LATEST");
    }

    [Fact]
    public async Task The_trail_says_what_was_called_and_what_ran()
    {
        await using var aws = await StartAsync();
        await aws.InvokeAsync(await aws.SessionAsync(), function: "discounts:prod");
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        var parameters = record.GetProperty("requestParameters");
        parameters.GetProperty("functionName").GetString().Should().Be(Arn);
        parameters.GetProperty("qualifier").GetString().Should().Be("prod");
        record
            .GetProperty("additionalEventData")
            .GetProperty("functionVersion")
            .GetString()
            .Should()
            .Be($"{Arn}:1");
    }

    [Fact]
    public async Task Another_account_does_not_hear_which_version_an_alias_is()
    {
        await using var aws = await StartAsync();
        var answer = await aws.InvokeAsync(LocalAws.Caller, function: $"{Arn}:prod");
        answer.Error.Should().Be("403 AccessDeniedException");
        var record = (await aws.TrailAsync(LocalAws.CallerAccount, "Invoke")).Single();
        record.ToString().Should().Contain($"{Arn}:prod").And.NotContain($"{Arn}:1");
    }

    [Theory]
    [InlineData("x:prod", """ "command":["x"] """, "'command'")]
    [InlineData("x:prod", """ "timeoutSeconds":1 """, "'timeoutSeconds'")]
    [InlineData("x:prod", """ "dataEvents":false """, "'dataEvents'")]
    [InlineData("x:prod", """ "functionVersion":"other" """, "'functionVersion'")]
    [InlineData("x:prod", """ "functionVersion":"7" """, "Function not found: *:function:x:7")]
    [InlineData("x:1", """ "command":["x"],"functionVersion":"1" """, "'functionVersion'")]
    [InlineData("x:00", """ "command":["x"] """, "'functionArn'")]
    [InlineData("x:$LATEST.PUBLISHED", """ "command":["x"] """, "'functionArn'")]
    [InlineData("x.y", """ "command":["x"] """, "'functionArn'")]
    [InlineData("x", """ "command":[""] """, "'command'")]
    [InlineData("x", """ "command":["x","\u0000"] """, "'command'")]
    public async Task What_cannot_be_put_is_refused_by_name(
        string name,
        string members,
        string reason
    )
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        const string Account = $"arn:aws:lambda:eu-central-1:{LocalAws.CustomerAccount}";
        var body = $$"""{"functionArn":"{{Account}}:function:{{name}}",{{members}}}""";
        var answer = await aws.AdminAsync(HttpMethod.Put, "functions", body);
        answer.Status.Should().Be(400, answer.Text);
        answer.Json.GetProperty("error").GetString().Should().Match($"*{reason}*");
    }

    /// <summary>The newest, put by its qualified name; version 1; prod, which is 1; and dev, which is the newest.</summary>
    private static async Task<LocalAws> StartAsync(string resource = "*")
    {
        var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(resource));
        await PutCodeAsync(aws, Arn + ":$LATEST", "newest");
        await PutCodeAsync(aws, Arn + ":1", "first");
        await PutAliasAsync(aws, "prod", "1");
        await aws.PutAsync("functions", new { functionArn = Arn + ":dev" });
        return aws;
    }

    private static Task PutCodeAsync(LocalAws aws, string arn, string answer) =>
        aws.PutAsync(
            "functions",
            new
            {
                functionArn = arn,
                command = new[]
                {
                    "/bin/sh",
                    "-c",
                    $"printf '\"%s:%s\"' {answer} \"$AWS_LAMBDA_FUNCTION_VERSION\"",
                },
            }
        );

    private static Task PutAliasAsync(LocalAws aws, string alias, string version) =>
        aws.PutAsync(
            "functions",
            new { functionArn = $"{Arn}:{alias}", functionVersion = version }
        );

    private static AwsRequest With(AwsRequest request, string qualifier) =>
        request with
        {
            Target = $"{request.Target}?Qualifier={Uri.EscapeDataString(qualifier)}",
        };
}
