using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.LocalAws.Tests;

/// <summary>Which account hears of a call, and that the customer's record is the one of a real trail.</summary>
public sealed class CloudTrailTests
{
    /// <summary>Local AWS is called without TLS, at an address of this machine.</summary>
    private const string OfTls = "$.tlsDetails.";

    private const string SeedRole =
        $"arn:aws:iam::{LocalAws.CustomerAccount}:role/DemoExampleCdkStack-AiAppExecutionRoleDB83D099-I6RH5ROvfN9t";

    private static AssumeRoleParameters LikeTheProduct() =>
        new AssumeRoleParameters()
            .With("RoleSessionName", "btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek")
            .With("SourceIdentity", "btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek")
            .Tag("buttonize-app-id", "OkwkbtMtbxp6l1cc_00AU")
            .Tag("buttonize-local-development", "false")
            .Tag("buttonize-user-id", "-WYJ-Zz7_Qyho2yXshuzV")
            .Tag("buttonize-organization-id", "3dT3R56T69vQY6fE1xH2v")
            .Tag("buttonize-user-name", "fpyrek")
            .Transitive(
                "buttonize-local-development",
                "buttonize-user-id",
                "buttonize-organization-id",
                "buttonize-user-name",
                "buttonize-app-id"
            );

    [Fact]
    public async Task The_customer_sees_what_AWS_would_show()
    {
        await using var aws = await LocalAws.StartFurnishedAsync(
            new FakeTimeProvider(new DateTimeOffset(2024, 2, 25, 20, 53, 34, TimeSpan.Zero))
        );
        await aws.PutAsync(
            "roles",
            new
            {
                roleArn = SeedRole,
                trustPolicy = Policies.Trust(),
                policies = Array.Empty<object>(),
            }
        );
        var real = TrailShape
            .Leaves(RealEvent())
            .Where(leaf => !leaf.Path.StartsWith(OfTls, StringComparison.Ordinal))
            .Select(leaf =>
                leaf with
                {
                    Value = leaf.Value.Replace(
                        "::HIDDEN:",
                        $"::{LocalAws.CustomerAccount}:",
                        StringComparison.Ordinal
                    ),
                }
            )
            .ToArray();
        var userAgent = real.Single(leaf => leaf.Path == "$.userAgent").Value.Trim('"');
        await aws.AssumeAsync(
            LikeTheProduct().With("RoleArn", SeedRole),
            change: r =>
                r with
                {
                    Tamper = m => m.Headers.TryAddWithoutValidation("User-Agent", userAgent),
                }
        );

        var record = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();
        var actual = TrailShape
            .Leaves(record)
            .Where(leaf => !leaf.Path.StartsWith(OfTls, StringComparison.Ordinal))
            .ToArray();
        actual.Select(leaf => leaf.Path).Should().Equal(real.Select(leaf => leaf.Path));
        foreach (var (expected, found) in real.Zip(actual))
        {
            var text = found.Value.Trim('"');
            text.Should().NotBeEmpty(expected.Path);
            if (expected.Value.StartsWith("\"HIDDEN:", StringComparison.Ordinal))
            {
                text.Should().EndWith(expected.Value["\"HIDDEN".Length..^1], expected.Path);
            }
            else if (expected.Value != "\"HIDDEN\"")
            {
                found.Should().Be(expected);
            }
        }
        record
            .GetProperty("tlsDetails")
            .EnumerateObject()
            .Select(member => member.Name)
            .Should()
            .Equal("clientProvidedHostHeader");
    }

    [Fact]
    public async Task What_the_real_event_hides_is_what_was_asked_and_answered()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(LikeTheProduct());
        var record = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();
        record.Text("requestParameters.externalId").Should().Be(LocalAws.ExternalId);
        record
            .Text("responseElements.credentials.accessKeyId")
            .Should()
            .Be(answer.Credentials.AccessKeyId);
        record
            .Text("responseElements.credentials.sessionToken")
            .Should()
            .Be(answer.Credentials.SessionToken);
        record
            .Text("responseElements.assumedRoleUser.assumedRoleId")
            .Should()
            .Be(answer.Xml("AssumedRoleId"));
        record.Text("requestID").Should().Be(answer.Xml("RequestId"));
        record.Text("recipientAccountId").Should().Be(LocalAws.CustomerAccount);
        record.Text("tlsDetails.clientProvidedHostHeader").Should().Be(aws.Address.Authority);
        record.ToString().Should().NotContain(answer.Credentials.SecretAccessKey);
    }

    [Fact]
    public async Task The_caller_sees_the_same_call_under_the_same_shared_id()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(LikeTheProduct());
        var theirs = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();
        var own = (await aws.TrailAsync(LocalAws.CallerAccount)).Single();
        own.Text("userIdentity.type").Should().Be("IAMUser");
        theirs.Text("userIdentity.type").Should().Be("AWSAccount");
        theirs.Text("userIdentity.principalId").Should().Be(own.Text("userIdentity.principalId"));
        own.Text("recipientAccountId").Should().Be(LocalAws.CallerAccount);
        own.Text("eventID").Should().NotBe(theirs.Text("eventID"));
        Shared(own).Should().Equal(Shared(theirs));

        static IEnumerable<(string, string)> Shared(JsonElement record) =>
            TrailShape
                .Leaves(record)
                .Where(leaf =>
                    !leaf.Path.StartsWith("$.userIdentity", StringComparison.Ordinal)
                    && leaf.Path is not ("$.eventID" or "$.recipientAccountId")
                );
    }

    [Theory]
    [InlineData("ExternalId", "wrong-one", "AccessDenied")]
    [InlineData("RoleArn", $"arn:aws:iam::{LocalAws.CustomerAccount}:role/Nobody", "AccessDenied")]
    [InlineData("DurationSeconds", "43200", "ValidationError")]
    [InlineData("DurationSeconds", "1", "ValidationError")]
    public async Task A_refusal_is_in_the_callers_trail_only(
        string parameter,
        string value,
        string code
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(new AssumeRoleParameters().With(parameter, value));
        var refused = (await aws.TrailAsync()).Single();
        refused.Text("recipientAccountId").Should().Be(LocalAws.CallerAccount);
        refused.Text("errorCode").Should().Be(code);
        refused.TryGetProperty("sharedEventID", out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_call_that_is_not_authenticated_is_in_no_trail()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        var guess = LocalAws.Caller with { SecretAccessKey = "guess" };
        (await aws.AssumeAsync(credentials: guess)).Error.Should().Be("403 SignatureDoesNotMatch");
        (await aws.InvokeAsync(session with { SecretAccessKey = "guess" })).Ok.Should().BeFalse();
        aws.Clock.Advance(TimeSpan.FromHours(1));
        (await aws.WhoAmIAsync(session)).Error.Should().Be("403 ExpiredToken");
        (await aws.TrailAsync())
            .Select(record => record.Text("requestID"))
            .Distinct()
            .Should()
            .ContainSingle("only the session that was given is recorded");
    }

    [Fact]
    public async Task The_newest_comes_first()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.WhoAmIAsync();
        aws.Clock.Advance(TimeSpan.FromMinutes(1));
        await aws.WhoAmIAsync();
        (await aws.TrailAsync(eventName: "GetCallerIdentity"))
            .Select(record => record.Text("eventTime"))
            .Should()
            .Equal("2026-01-01T12:01:00Z", "2026-01-01T12:00:00Z");
    }

    private static JsonElement RealEvent()
    {
        using var stream = typeof(CloudTrailTests).Assembly.GetManifestResourceStream(
            "assume-role-event.json"
        )!;
        return JsonDocument.Parse(stream).RootElement.Clone();
    }
}
