using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

public sealed class TrustPolicyTests
{
    private const string Denied = "403 AccessDenied";

    [Theory]
    [InlineData(LocalAws.ExternalId, true)]
    [InlineData("external-id-0123456788", false)]
    [InlineData("EXTERNAL-ID-0123456789", false)]
    [InlineData(null, false)]
    public async Task The_external_id_decides(string? externalId, bool allowed)
    {
        await using var aws = await LocalAws.StartAsync();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("ExternalId", externalId)
        );
        answer.Ok.Should().Be(allowed);
        if (!allowed)
        {
            answer.Error.Should().Be(Denied);
            answer
                .ErrorMessage.Should()
                .Be(
                    $"User: {LocalAws.CallerArn} is not authorized to perform: sts:AssumeRole on resource: {LocalAws.RoleArn}"
                );
        }
    }

    [Fact]
    public async Task A_role_that_does_not_exist_refuses_in_the_same_words()
    {
        await using var aws = await LocalAws.StartAsync();
        var arn = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/Nobody";
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().With("RoleArn", arn));
        answer.Error.Should().Be(Denied);
        answer
            .ErrorMessage.Should()
            .Be(
                $"User: {LocalAws.CallerArn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            );
    }

    [Fact]
    public async Task An_empty_condition_is_none()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole", condition: "{}"))
        );
        (await aws.AssumeAsync(new AssumeRoleParameters().With("ExternalId", null)))
            .Ok.Should()
            .BeTrue();
    }

    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("*", null, false)]
    [InlineData("external-?d-*", LocalAws.ExternalId, true)]
    [InlineData("external-??d-*", LocalAws.ExternalId, false)]
    public async Task String_like_takes_wildcards(string pattern, string? sent, bool allowed)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    "sts:AssumeRole",
                    Policies.ExternalIdIs(pattern, "StringLike")
                )
            )
        );
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().With("ExternalId", sent));
        answer.Ok.Should().Be(allowed);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("tag", null, "sts:TagSession")]
    [InlineData(null, "person", "sts:SetSourceIdentity")]
    [InlineData("tag", "person", "sts:TagSession")]
    public async Task An_external_id_condition_on_all_three_actions_grants_only_the_first(
        string? tag,
        string? sourceIdentity,
        string? refused
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    """["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]""",
                    Policies.ExternalIdIs(LocalAws.ExternalId)
                )
            )
        );
        var parameters = new AssumeRoleParameters().With("SourceIdentity", sourceIdentity);
        var answer = await aws.AssumeAsync(tag is null ? parameters : parameters.Tag(tag, "v"));
        answer.Ok.Should().Be(refused is null);
        if (refused is not null)
        {
            answer
                .ErrorMessage.Should()
                .Be(
                    $"User: {LocalAws.CallerArn} is not authorized to perform: {refused} on resource: {LocalAws.RoleArn}"
                );
        }
    }

    [Fact]
    public async Task A_role_is_found_only_as_it_was_put()
    {
        await using var aws = await LocalAws.StartAsync();
        var arn = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/demo";
        (await aws.AssumeAsync(new AssumeRoleParameters().With("RoleArn", arn)))
            .Error.Should()
            .Be(Denied);
        await aws.AdminAsync(HttpMethod.Delete, $"roles?arn={arn}");
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Theory]
    [InlineData("Demo", true)]
    [InlineData("demo", false)]
    public async Task A_session_put_from_outside_is_of_the_role_it_spells(string name, bool allowed)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole", null, LocalAws.RoleArn))
        );
        await aws.PutCallerAsync(
            arn: $"arn:aws:sts::{LocalAws.CustomerAccount}:assumed-role/{name}/session"
        );
        (await aws.AssumeAsync()).Ok.Should().Be(allowed);
    }

    [Fact]
    public async Task An_explicit_deny_wins()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:*"),
                Policies.Statement("Deny", "sts:assumerole", Policies.ExternalIdIs("blocked-one"))
            )
        );
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
        (await aws.AssumeAsync(new AssumeRoleParameters().With("ExternalId", "blocked-one")))
            .Error.Should()
            .Be(Denied);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData(LocalAws.CallerAccount, true)]
    [InlineData(LocalAws.CallerArn, true)]
    [InlineData($"arn:aws:iam::{LocalAws.CallerAccount}:root", true)]
    [InlineData($"arn:aws:iam::{LocalAws.CallerAccount}:user/other", false)]
    [InlineData(LocalAws.CustomerAccount, false)]
    public async Task The_principal_has_to_be_named(string principal, bool allowed)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole", null, principal))
        );
        (await aws.AssumeAsync()).Ok.Should().Be(allowed);
    }

    [Theory]
    [InlineData("sts:AssumeRole", LocalAws.RoleArn, true)]
    [InlineData("sts:*", "arn:aws:iam::*:role/De?o", true)]
    [InlineData("*", "*", true)]
    [InlineData("sts:TagSession", "*", false)]
    [InlineData("sts:AssumeRole", "arn:aws:iam::*:role/demo", false)]
    public async Task Across_accounts_the_caller_needs_permission_too(
        string action,
        string resource,
        bool allowed
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(Policies.Permission("Allow", action, resource));
        (await aws.AssumeAsync()).Ok.Should().Be(allowed);
    }

    [Fact]
    public async Task Across_accounts_each_action_needs_both_sides()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(Policies.Permission("Allow", "sts:AssumeRole", "*"));
        var answer = await aws.AssumeAsync(new AssumeRoleParameters().Tag("k", "v"));
        answer.ErrorMessage.Should().Contain("sts:TagSession");
    }

    [Theory]
    [InlineData("arn:aws:iam::123456789012:user/local", true)]
    [InlineData("123456789012", false)]
    public async Task In_one_account_a_name_suffices_and_the_account_does_not(
        string principal,
        bool allowed
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(
            Policies.Permission("Allow", "lambda:InvokeFunction", "*"),
            $"arn:aws:iam::{LocalAws.CustomerAccount}:user/local"
        );
        await aws.PutRoleAsync(
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole", null, principal))
        );
        (await aws.AssumeAsync()).Ok.Should().Be(allowed);
    }

    [Fact]
    public async Task A_callers_own_deny_wins_over_any_trust()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(Policies.Permission("Deny", "sts:AssumeRole", "*"));
        (await aws.AssumeAsync()).Error.Should().Be(Denied);
    }

    [Fact]
    public async Task Partitions_are_never_crossed()
    {
        await using var aws = await LocalAws.StartAsync();
        var arn = $"arn:aws-cn:iam::{LocalAws.CustomerAccount}:role/Demo2";
        await aws.PutAsync(
            "roles",
            new
            {
                roleArn = arn,
                trustPolicy = Policies.Document(
                    Policies.Statement("Allow", "sts:AssumeRole", null, "*")
                ),
                policies = Array.Empty<JsonObject>(),
            }
        );
        (await aws.AssumeAsync(new AssumeRoleParameters().With("RoleArn", arn)))
            .Error.Should()
            .Be(Denied);
    }
}
