using System.Net;
using System.Text;

namespace Buttonize.LocalAws.Tests;

public sealed class AdminTests
{
    [Fact]
    public async Task Health_answers_when_ready()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        (await aws.AdminAsync(HttpMethod.Get, "health")).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    public async Task Pages_in_a_browser_are_refused(string header, string value)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        foreach (var path in new[] { "health", "cloudtrail" })
        {
            var message = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(aws.Address, "/_local/" + path)
            );
            message.Headers.TryAddWithoutValidation(header, value);
            var answer = await aws.SendAsync(message);
            answer.Message.StatusCode.Should().Be(HttpStatusCode.Forbidden);
            answer.Json.GetProperty("error").GetString().Should().Contain(header);
        }
    }

    [Theory]
    [InlineData("principals/AKIAIOSFODNN7EXAMPLE", "{", "not JSON")]
    [InlineData("principals/AKIAIOSFODNN7EXAMPLE", "{}", "'arn'")]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":"s","accountId":"123456789012","arn":"arn:aws:iam::081205402391:root"}""",
        "'accountId'"
    )]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":"s","accountId":"081205402391","arn":"arn:aws:iam::081205402391:role/x"}""",
        "'arn'"
    )]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":1,"accountId":"081205402391","arn":"arn:aws:iam::081205402391:root"}""",
        "'secretAccessKey'"
    )]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":"s","accountId":"081205402391","arn":"arn:aws:iam::081205402391:root","polcy":{}}""",
        "'polcy'"
    )]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":"s","accountId":"081205402391","arn":"arn:aws:iam::081205402391:root","policy":null}""",
        "'policy' must not be null"
    )]
    [InlineData(
        "principals/AKIAIOSFODNN7EXAMPLE",
        """{"secretAccessKey":"s","accountId":"081205402391","arn":"arn:aws:iam::081205402391:root","policy":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":null}}}""",
        "policy: 'Statement.Condition' must not be null"
    )]
    [InlineData("principals/short", "{}", "'accessKeyId'")]
    [InlineData("roles", """{"roleArn":"x"}""", "'roleArn'")]
    [InlineData(
        "roles",
        """{"roleArn":"arn:aws:iam::123456789012:role/a","trustPolicy":{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}}""",
        "'policies'"
    )]
    [InlineData(
        "roles",
        """{"roleArn":"arn:aws:iam::123456789012:role/a","trustPolicy":{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}},"policies":[],"maxSessionDuration":3599}""",
        "'maxSessionDuration'"
    )]
    [InlineData("functions", """{"functionArn":"x","command":["x"]}""", "'functionArn'")]
    [InlineData(
        "functions",
        """{"functionArn":"arn:aws:lambda:eu-central-1:123456789012:function:x:0","command":["x"]}""",
        "'functionArn'"
    )]
    [InlineData(
        "functions",
        """{"functionArn":"arn:aws:lambda:eu-central-1:123456789012:function:x","command":[]}""",
        "'command'"
    )]
    [InlineData(
        "functions",
        """{"functionArn":"arn:aws:lambda:eu-central-1:123456789012:function:x","command":["x"],"timeoutSeconds":901}""",
        "'timeoutSeconds'"
    )]
    [InlineData("regions/eu-central-1", """{"enabled":"no"}""", "'enabled'")]
    [InlineData("regions/mars", """{"enabled":false}""", "'mars'")]
    [InlineData("regions/eu-central-1", """{"enabled":false,"accountId":"1"}""", "'accountId'")]
    [InlineData("faults", "{}", "list")]
    [InlineData("faults", """[{"service":"s3","kind":"drop"}]""", "'service'")]
    [InlineData("faults", """[{"service":"sts","kind":"slow"}]""", "'kind'")]
    [InlineData("faults", """[{"service":"sts","kind":"latency"}]""", "'milliseconds'")]
    [InlineData("faults", """[{"service":"sts","kind":"drop","code":"x"}]""", "'code'")]
    [InlineData(
        "faults",
        """[{"service":"sts","kind":"drop","operation":"Invoke"}]""",
        "'operation'"
    )]
    [InlineData("faults", """[{"service":"sts","kind":"drop","count":0}]""", "'count'")]
    public async Task Bad_input_is_refused_by_name(string path, string body, string reason)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var answer = await aws.AdminAsync(HttpMethod.Put, path, body);
        answer.Status.Should().Be(400, answer.Text);
        answer.Json.GetProperty("error").GetString().Should().Contain(reason);
    }

    [Theory]
    [InlineData("path/Demo")]
    [InlineData("demo")]
    [InlineData("path/DEMO")]
    public async Task Two_roles_of_one_name_cannot_be(string pathAndName)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AdminAsync(
            HttpMethod.Put,
            "roles",
            new
            {
                roleArn = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/{pathAndName}",
                trustPolicy = Policies.Trust(),
                policies = Array.Empty<object>(),
            }
        );
        answer.Status.Should().Be(400);
        answer
            .Json.GetProperty("error")
            .GetString()
            .Should()
            .Contain($"already exists, as {LocalAws.RoleArn}")
            .And.Contain("without regard to case");
    }

    [Theory]
    [InlineData("""{"Team":"blue"}""", 204)]
    [InlineData("""[{"Key":"Team","Value":"blue"}]""", 204)]
    [InlineData("""{"Team":"blue","team":"red"}""", 400)]
    [InlineData("""{"Team":1}""", 400)]
    [InlineData("""["Team"]""", 400)]
    public async Task Tags_come_as_an_object_or_as_IAM_has_them(string tags, int status)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var answer = await aws.AdminAsync(
            HttpMethod.Put,
            "principals/AKIAIOSFODNN7EXAMPLE",
            $$"""{"secretAccessKey":"s","accountId":"081205402391","arn":"{{LocalAws.CallerArn}}","tags":{{tags}}}"""
        );
        answer.Status.Should().Be(status, answer.Text);
    }

    [Fact]
    public async Task Root_is_a_caller_that_may_assume_no_role()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(arn: $"arn:aws:iam::{LocalAws.CallerAccount}:root");
        var answer = await aws.WhoAmIAsync();
        answer.Xml("Arn").Should().Be($"arn:aws:iam::{LocalAws.CallerAccount}:root");
        answer.Xml("UserId").Should().Be(LocalAws.CallerAccount);

        var assumed = await aws.AssumeAsync();
        assumed.Error.Should().Be("403 AccessDenied");
        assumed.ErrorMessage.Should().Be("Roles may not be assumed by root accounts.");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/2015-03-31/functions/x/invocations")]
    public async Task Browsers_may_call_AWS(string path)
    {
        await using var aws = await LocalAws.StartAsync();
        var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(aws.Address, path));
        preflight.Headers.Add("Origin", "https://console.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,x-amz-date");
        var allowed = await aws.SendAsync(preflight);
        allowed.Status.Should().Be(200);
        allowed.Header("Access-Control-Allow-Origin").Should().Be("*");
        allowed.Header("Access-Control-Allow-Methods").Should().Contain("POST");
        allowed.Header("Access-Control-Allow-Headers").Should().Be("authorization,x-amz-date");

        var unsigned = new HttpRequestMessage(HttpMethod.Post, new Uri(aws.Address, path))
        {
            Content = new StringContent("{}", Encoding.UTF8),
        };
        unsigned.Headers.Add("Origin", "https://console.example");
        var refused = await aws.SendAsync(unsigned);
        refused.Status.Should().Be(403);
        refused.Header("Access-Control-Allow-Origin").Should().Be("*");
        refused
            .Header("Access-Control-Expose-Headers")
            .Should()
            .ContainEquivalentOf("x-amz-function-error")
            .And.ContainEquivalentOf("x-amzn-errortype");
    }

    [Theory]
    [InlineData("/_local/health")]
    [InlineData("/_local/faults")]
    public async Task Browsers_may_not_call_the_rest(string path)
    {
        await using var aws = await LocalAws.StartAsync();
        var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(aws.Address, path));
        preflight.Headers.Add("Origin", "https://console.example");
        preflight.Headers.Add("Access-Control-Request-Method", "PUT");
        var answer = await aws.SendAsync(preflight);
        answer.Header("Access-Control-Allow-Origin").Should().BeNull();
    }

    [Fact]
    public async Task Other_operations_do_not_exist()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.SendAsync(
            new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(aws.Address, "/2015-03-31/functions/discounts")
            )
        );
        answer.Error.Should().Be("404 UnknownOperationException");
    }
}
