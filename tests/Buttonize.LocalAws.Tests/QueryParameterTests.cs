using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>The parameters of an operation in the query string, signed in either form.</summary>
public sealed class QueryParameterTests
{
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
            var request = PresignedCall.Request(aws) with { Target = target };
            var answer = await aws.SendAsync(
                presigned ? request.Presign(aws.Address) : request.Sign(aws.Address)
            );
            answer.Status.Should().Be(400, answer.Text);
            answer.ErrorMessage.Should().Contain("'a b+c&d' at 'tags.1.member.value'");
        }
        var good = await aws.SendAsync(
            (
                PresignedCall.Request(aws) with
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
                PresignedCall.Request(aws) with
                {
                    Method = "POST",
                    Target = "/?Action=GetCallerIdentity",
                    Body = form,
                    ContentType = "application/x-www-form-urlencoded",
                },
            ["A call by GET has its parameters in the query string."] = PresignedCall.Request(
                aws
            ) with
            {
                Target = "/",
                Body = "Action=GetCallerIdentity&Version=2011-06-15"u8.ToArray(),
                ContentType = "application/x-www-form-urlencoded",
            },
            ["The parameter 'Version' is given more than once."] = PresignedCall.Request(aws) with
            {
                Target = PresignedCall.WhoAmI + "&Version=2011-06-15",
            },
            ["The parameter 'action' is not supported."] = PresignedCall.Request(aws) with
            {
                Target = PresignedCall.WhoAmI + "&action=AssumeRole",
            },
            ["The parameter 'x-amz-date' is not supported."] = PresignedCall.Request(aws) with
            {
                Target = PresignedCall.WhoAmI + "&x-amz-date=1",
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
                (PresignedCall.Request(aws) with { Target = target }).Sign(aws.Address)
            );
            answer.Error.Should().Be("400 InvalidAction", character);
        }
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
}
