using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Which keys a request has, and for which of its actions ("Actions, resources, and condition keys for AWS Security Token
/// Service"; "AWS global condition context keys").
/// </summary>
public sealed class ConditionKeyTests
{
    private const string Session =
        $"arn:aws:sts::{LocalAws.CallerAccount}:assumed-role/ControlPlane/task";

    /// <summary>A statement with the condition allows one action, another all the rest.</summary>
    [Theory]
    [InlineData("sts:AssumeRole", "sts:ExternalId", true)]
    [InlineData("sts:TagSession", "sts:ExternalId", false)]
    [InlineData("sts:SetSourceIdentity", "sts:ExternalId", false)]
    [InlineData("sts:AssumeRole", "sts:RoleSessionName", true)]
    [InlineData("sts:TagSession", "sts:RoleSessionName", false)]
    [InlineData("sts:SetSourceIdentity", "sts:RoleSessionName", false)]
    [InlineData("sts:AssumeRole", "sts:SourceIdentity", true)]
    [InlineData("sts:TagSession", "sts:SourceIdentity", false)]
    [InlineData("sts:SetSourceIdentity", "sts:SourceIdentity", true)]
    [InlineData("sts:AssumeRole", "aws:RequestTag/team", true)]
    [InlineData("sts:TagSession", "aws:RequestTag/team", true)]
    [InlineData("sts:SetSourceIdentity", "aws:RequestTag/team", false)]
    [InlineData("sts:AssumeRole", "ForAnyValue aws:TagKeys", true)]
    [InlineData("sts:TagSession", "ForAnyValue aws:TagKeys", true)]
    [InlineData("sts:SetSourceIdentity", "ForAnyValue aws:TagKeys", false)]
    [InlineData("sts:AssumeRole", "ForAnyValue sts:TransitiveTagKeys", true)]
    [InlineData("sts:TagSession", "ForAnyValue sts:TransitiveTagKeys", true)]
    [InlineData("sts:SetSourceIdentity", "ForAnyValue sts:TransitiveTagKeys", false)]
    [InlineData("sts:AssumeRole", "aws:PrincipalArn", true)]
    [InlineData("sts:TagSession", "aws:PrincipalArn", true)]
    [InlineData("sts:SetSourceIdentity", "aws:PrincipalArn", true)]
    public async Task An_action_has_only_its_own_keys(string action, string key, bool has)
    {
        string[] actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
        var (prefix, name) = key.Split(' ') is [var set, var multivalued]
            ? (set + ":", multivalued)
            : ("", key);
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    action,
                    $$"""{ "{{prefix}}StringLike": { "{{name}}": "*" } }"""
                ),
                Policies.Statement(
                    "Allow",
                    new JsonArray([
                        .. actions.Where(a => a != action).Select(a => (JsonNode)a),
                    ]).ToJsonString()
                )
            )
        );
        var answer = await aws.AssumeAsync(
            AssumeRoleText.Parse("ExternalId=abc SourceIdentity=ada tag:team=blue transitive:team")
        );
        answer.Ok.Should().Be(has, answer.Text);
        if (!has)
        {
            answer.ErrorMessage.Should().Contain($"not authorized to perform: {action} on");
        }
    }

    [Theory]
    [InlineData("sts:RoleSessionName", "somebody")]
    [InlineData("sts:SourceIdentity", "ada")]
    [InlineData("aws:RequestTag/Team", "blue")]
    [InlineData("aws:PrincipalAccount", LocalAws.CallerAccount)]
    [InlineData("aws:PrincipalType", "User")]
    [InlineData("aws:username", "control-plane")]
    [InlineData("aws:userid", "AIDA*")]
    [InlineData("aws:PrincipalArn", LocalAws.CallerArn)]
    [InlineData("aws:PrincipalTag/Unit", "vendor")]
    [InlineData("aws:SourceIp", "127.0.0.1")]
    [InlineData("aws:RequestedRegion", "eu-central-1")]
    [InlineData("aws:SecureTransport", "false")]
    [InlineData("aws:CurrentTime", "2026-01-01T12:00:00Z")]
    [InlineData("aws:EpochTime", "1767268800")]
    [InlineData("aws:UserAgent", "test-agent/1.0")]
    [InlineData("aws:TokenIssueTime", null)]
    [InlineData("aws:SourceIdentity", null)]
    [InlineData("aws:PrincipalTag/other", null)]
    public async Task A_users_request_has_these_keys(string key, string? value)
    {
        await using var aws = await LocalAws.StartAsync();
        await PutCallerAsync(aws, LocalAws.CallerArn, new { unit = "vendor" });
        await ShouldHaveAsync(aws, key, value);
    }

    [Theory]
    [InlineData("aws:PrincipalType", "AssumedRole")]
    [InlineData("aws:username", null)]
    [InlineData("aws:userid", "AROA*:task")]
    // The role's, not the session's.
    [InlineData("aws:PrincipalArn", $"arn:aws:iam::{LocalAws.CallerAccount}:role/ControlPlane")]
    [InlineData("aws:TokenIssueTime", "2026-01-01T12:00:00Z")]
    public async Task A_sessions_request_has_these_keys(string key, string? value)
    {
        await using var aws = await LocalAws.StartAsync();
        await PutCallerAsync(aws, Session, new { });
        await ShouldHaveAsync(aws, key, value);
    }

    [Fact]
    public async Task An_address_of_IPv4_is_one_also_on_a_socket_for_both_families()
    {
        await using var aws = await LocalAws.StartAsync("--urls", "http://[::]:0");
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    "sts:AssumeRole",
                    """{ "IpAddress": { "aws:SourceIp": "127.0.0.1" } }"""
                )
            )
        );
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    private static async Task PutCallerAsync(LocalAws aws, string arn, object tags) =>
        await aws.PutAsync(
            $"principals/{LocalAws.Caller.AccessKeyId}",
            new
            {
                secretAccessKey = LocalAws.Caller.SecretAccessKey,
                accountId = LocalAws.CallerAccount,
                arn,
                tags,
            }
        );

    private static async Task ShouldHaveAsync(LocalAws aws, string key, string? value)
    {
        var condition = value is null
            ? $$"""{ "Null": { "{{key}}": true } }"""
            : $$"""{ "StringLike": { "{{key}}": "{{value}}" }, "Null": { "{{key}}": false } }""";
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:AssumeRole", condition),
                Policies.Statement("Allow", """["sts:TagSession", "sts:SetSourceIdentity"]""")
            )
        );
        var answer = await aws.AssumeAsync(
            AssumeRoleText.Parse("SourceIdentity=ada tag:team=blue"),
            change: request =>
                request with
                {
                    Headers = new() { ["User-Agent"] = "test-agent/1.0" },
                }
        );
        answer.Status.Should().Be(200, answer.Text);
    }
}
