namespace Buttonize.LocalAws.Tests;

public sealed class AssumeRoleTests
{
    [Fact]
    public async Task A_session_is_what_was_asked_for()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("SourceIdentity", "somebody-else")
        );
        answer.Status.Should().Be(200, answer.Text);
        answer.Message.Content.Headers.ContentType!.MediaType.Should().Be("text/xml");
        answer
            .Text.Should()
            .StartWith("<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">");
        answer.Xml("AccessKeyId").Should().MatchRegex(@"\AASIA[A-Z2-7]{16}\z");
        answer.Xml("SecretAccessKey").Should().HaveLength(40);
        answer.Xml("Expiration").Should().Be("2026-01-01T12:15:00Z");
        answer.Xml("SourceIdentity").Should().Be("somebody-else");
        answer.Xml("PackedPolicySize").Should().BeNull();
        answer.Xml("AssumedRoleId").Should().MatchRegex(@"\AAROA[A-Z2-7]{17}:somebody\z");
        var arn = $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/Demo/somebody";
        answer.Xml("Arn").Should().Be(arn);

        var self = await aws.WhoAmIAsync(answer.Credentials);
        self.Xml("Arn").Should().Be(arn);
        self.Xml("UserId").Should().Be(answer.Xml("AssumedRoleId"));
    }

    [Fact]
    public async Task A_session_ends_on_the_second_in_either_service()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync();
        aws.Clock.Advance(TimeSpan.FromSeconds(899));
        (await aws.WhoAmIAsync(session)).Ok.Should().BeTrue();
        (await aws.InvokeAsync(session)).Ok.Should().BeTrue();
        aws.Clock.Advance(TimeSpan.FromSeconds(1));
        var sts = await aws.WhoAmIAsync(session);
        sts.Error.Should().Be("403 ExpiredToken");
        sts.ErrorMessage.Should().Be("The security token included in the request is expired");
        (await aws.InvokeAsync(session)).Error.Should().Be("403 ExpiredTokenException");
    }

    [Fact]
    public async Task An_expired_session_is_called_expired_also_when_the_request_is_old()
    {
        await using var aws = await LocalAws.StartAsync();
        var session = await aws.SessionAsync();
        var signedAt = aws.Clock.GetUtcNow();
        aws.Clock.Advance(TimeSpan.FromMinutes(20));
        var answer = await aws.WhoAmIAsync(session, r => r with { SignedAt = signedAt });
        answer.Error.Should().Be("403 ExpiredToken");
    }

    [Fact]
    public async Task A_session_dies_with_its_role_and_the_next_role_has_another_id()
    {
        await using var aws = await LocalAws.StartAsync();
        var before = await aws.AssumeAsync();
        await aws.PutRoleAsync(Policies.Trust());
        var replaced = await aws.AssumeAsync();
        replaced.Xml("AssumedRoleId").Should().Be(before.Xml("AssumedRoleId"));

        var deletion = await aws.AdminAsync(HttpMethod.Delete, $"roles?arn={LocalAws.RoleArn}");
        deletion.Status.Should().Be(204);
        (await aws.AssumeAsync()).Error.Should().Be("403 AccessDenied");
        await aws.PutRoleAsync(Policies.Trust());
        var made = await aws.AssumeAsync();
        made.Xml("AssumedRoleId").Should().NotBe(before.Xml("AssumedRoleId"));
        (await aws.WhoAmIAsync(before.Credentials)).Error.Should().Be("403 InvalidClientTokenId");
    }

    [Fact]
    public async Task The_role_caps_the_duration_and_so_does_chaining()
    {
        await using var aws = await LocalAws.StartAsync();
        var tooLong = await aws.AssumeAsync(
            new AssumeRoleParameters().With("DurationSeconds", "3601")
        );
        tooLong.Error.Should().Be("400 ValidationError");
        tooLong
            .ErrorMessage.Should()
            .Be("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");

        await aws.PutAsync(
            "roles",
            new
            {
                roleArn = LocalAws.RoleArn,
                trustPolicy = Policies.Trust(),
                policies = Array.Empty<object>(),
                maxSessionDuration = 43_200,
            }
        );
        var longest = new AssumeRoleParameters().With("DurationSeconds", "43200");
        (await aws.AssumeAsync(longest)).Xml("Expiration").Should().Be("2026-01-02T00:00:00Z");

        await aws.PutCallerAsync(
            arn: $"arn:aws:sts::{LocalAws.CallerAccount}:assumed-role/ControlPlane/task"
        );
        var chained = await aws.AssumeAsync(longest);
        chained.Error.Should().Be("400 ValidationError");
        chained.ErrorMessage.Should().Contain("role chaining");
        (await aws.AssumeAsync(longest.With("DurationSeconds", "3600"))).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task Without_a_duration_it_is_an_hour()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("DurationSeconds", null)
        );
        answer.Xml("Expiration").Should().Be("2026-01-01T13:00:00Z");
    }

    [Fact]
    public async Task A_chained_session_inherits_transitive_tags_and_the_source_identity()
    {
        const string SecondRole = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/path/Second";
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.Permission("Allow", "sts:*", SecondRole));
        await aws.PutRoleOfAsync(
            SecondRole,
            Policies.Document(
                Policies.Statement("Allow", "sts:*", principal: LocalAws.CustomerAccount)
            )
        );
        var first = await aws.SessionAsync(
            new AssumeRoleParameters()
                .Tag("team", "blue")
                .Tag("loose", "end")
                .Transitive("Team")
                .With("SourceIdentity", "person")
        );
        AssumeRoleParameters Second() =>
            new AssumeRoleParameters().With("RoleArn", SecondRole).With("ExternalId", null);

        var chained = await aws.AssumeAsync(Second(), first);
        chained.Status.Should().Be(200, chained.Text);
        chained.Xml("SourceIdentity").Should().Be("person");
        chained.Xml("Arn").Should().EndWith(":assumed-role/Second/somebody");

        (await aws.AssumeAsync(Second().Tag("TEAM", "red"), first))
            .Error.Should()
            .Be("400 InvalidParameterValue");
        // Inherited or not, only a tag that is passed can be made transitive.
        (await aws.AssumeAsync(Second().Transitive("team"), first))
            .Error.Should()
            .Be("400 InvalidParameterValue");
        (await aws.AssumeAsync(Second().Transitive("loose"), first))
            .Error.Should()
            .Be("400 InvalidParameterValue");
        (await aws.AssumeAsync(Second().With("SourceIdentity", "other"), first))
            .Error.Should()
            .Be("400 InvalidParameterValue");
        (await aws.AssumeAsync(Second().With("SourceIdentity", "person"), first))
            .Ok.Should()
            .BeTrue();
    }

    [Theory]
    [InlineData(49, "200 ")]
    [InlineData(50, "400 InvalidParameterValue")]
    public async Task Inherited_tags_count_among_the_fifty(int passed, string expected)
    {
        const string SecondRole = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/Second";
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.Permission("Allow", "sts:*", "*"));
        await aws.PutRoleOfAsync(
            SecondRole,
            Policies.Document(
                Policies.Statement("Allow", "sts:*", principal: LocalAws.CustomerAccount)
            )
        );
        var first = await aws.SessionAsync(new AssumeRoleParameters().Tag("a", "").Transitive("a"));
        var second = new AssumeRoleParameters().With("RoleArn", SecondRole);
        for (var number = 1; number <= passed; number++)
        {
            second.Tag($"{number}", "");
        }
        (await aws.AssumeAsync(second, first)).Error.Should().Be(expected);
    }

    [Fact]
    public async Task A_disabled_region_refuses_until_it_is_enabled_again()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutAsync(
            "regions/ap-east-1",
            new { enabled = false, accountId = LocalAws.CallerAccount }
        );
        var disabled = await aws.AssumeAsync(change: r => r with { Region = "ap-east-1" });
        disabled.Error.Should().Be("403 RegionDisabledException");
        disabled
            .ErrorMessage.Should()
            .Be(
                $"STS is not activated in this region for account:{LocalAws.CallerAccount}. Your account administrator can "
                    + "activate STS in this region using the IAM Console."
            );
        (await aws.AssumeAsync()).Ok.Should().BeTrue();

        await aws.PutAsync("regions/eu-central-1", new { enabled = false });
        (await aws.AssumeAsync()).Error.Should().Be("403 RegionDisabledException");
        await aws.PutAsync("regions/eu-central-1", new { enabled = true });
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task Operations_that_do_not_exist_are_refused()
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.StsAsync("GetFederationToken", []);
        answer.Error.Should().Be("400 InvalidAction");
        answer
            .ErrorMessage.Should()
            .Be("Could not find operation GetFederationToken for version 2011-06-15");
    }
}
