using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Policies as AWS's documentation recommends them, and as customers copy them; each with requests that it lets through and
/// requests that it refuses.
/// </summary>
public sealed class DocumentedPolicyTests
{
    private const string SecondRole = $"arn:aws:iam::{LocalAws.CustomerAccount}:role/Second";

    /// <summary>"Access to AWS accounts owned by third parties" (id_roles_common-scenarios_third-party): the confused deputy.</summary>
    [Theory]
    [InlineData("ExternalId=12345", null)]
    [InlineData("", "sts:AssumeRole")]
    [InlineData("ExternalId=67890", "sts:AssumeRole")]
    [InlineData("ExternalId=12345 tag:a=b", "sts:TagSession")]
    public Task Third_party_access(string request, string? refused) =>
        ShouldDecideAsync(
            """
            {
              "Version": "2012-10-17",
              "Statement": {
                "Effect": "Allow",
                "Principal": { "AWS": "081205402391" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "sts:ExternalId": "12345" } }
              }
            }
            """,
            request,
            refused
        );

    /// <summary>"Pass session tags in AWS STS" (id_session-tags): required tags, allowed values, allowed transitive keys.</summary>
    [Theory]
    [InlineData(All, null)]
    [InlineData($"{All} transitive:Project transitive:Department", null)]
    [InlineData($"{All} transitive:CostCenter", "sts:TagSession")]
    [InlineData("ExternalId=Example987 tag:Project=P tag:Department=Marketing", "sts:AssumeRole")]
    [InlineData("ExternalId=Example987", "sts:AssumeRole")]
    [InlineData("tag:Project=P tag:CostCenter=1 tag:Department=Marketing", "sts:AssumeRole")]
    [InlineData(
        "ExternalId=Example987 tag:Project=P tag:CostCenter=1 tag:Department=Sales",
        "sts:TagSession"
    )]
    public Task Required_session_tags(string request, string? refused) =>
        ShouldDecideAsync(
            """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "Assume",
                  "Effect": "Allow",
                  "Action": "sts:AssumeRole",
                  "Principal": { "AWS": "arn:aws:iam::081205402391:user/control-plane" },
                  "Condition": {
                    "StringLike": {
                      "aws:RequestTag/Project": "*",
                      "aws:RequestTag/CostCenter": "*",
                      "aws:RequestTag/Department": "*"
                    },
                    "StringEquals": { "sts:ExternalId": "Example987" }
                  }
                },
                {
                  "Sid": "Tag",
                  "Effect": "Allow",
                  "Action": "sts:TagSession",
                  "Principal": { "AWS": "arn:aws:iam::081205402391:user/control-plane" },
                  "Condition": {
                    "StringLike": { "aws:RequestTag/Project": "*", "aws:RequestTag/CostCenter": "*" },
                    "StringEquals": { "aws:RequestTag/Department": ["Engineering", "Marketing"] },
                    "ForAllValues:StringEquals": { "sts:TransitiveTagKeys": ["Project", "Department"] }
                  }
                }
              ]
            }
            """,
            request,
            refused
        );

    private const string All =
        "ExternalId=Example987 tag:Project=P tag:CostCenter=1 tag:Department=Engineering";

    /// <summary>"Monitor and control actions taken with assumed roles": only these people, and they have to be named.</summary>
    [Theory]
    [InlineData("SourceIdentity=DiegoRamirez", null)]
    [InlineData("SourceIdentity=Saanvi", "sts:SetSourceIdentity")]
    [InlineData("", "sts:AssumeRole")]
    public Task Required_source_identity(string request, string? refused) =>
        ShouldDecideAsync(
            """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Principal": { "AWS": "arn:aws:iam::081205402391:root" },
                  "Action": "sts:AssumeRole",
                  "Condition": { "StringLike": { "sts:SourceIdentity": "*" } }
                },
                {
                  "Effect": "Allow",
                  "Principal": { "AWS": "arn:aws:iam::081205402391:root" },
                  "Action": "sts:SetSourceIdentity",
                  "Condition": { "StringLike": { "sts:SourceIdentity": ["Diego*", "Li*"] } }
                }
              ]
            }
            """,
            request,
            refused
        );

    /// <summary>The trust policy that the known constructs write, and what the control plane sends to it.</summary>
    [Theory]
    [InlineData("sts:TagSession sts:SetSourceIdentity", null)]
    [InlineData("sts:SetSourceIdentity", "sts:TagSession")]
    [InlineData("sts:TagSession", "sts:SetSourceIdentity")]
    public async Task The_trust_policy_of_the_constructs(string actions, string? refused)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    "sts:AssumeRole",
                    Policies.ExternalIdIs(LocalAws.ExternalId)
                ),
                Policies.Statement(
                    "Allow",
                    new JsonArray([.. actions.Split(' ').Select(a => (JsonNode)a)]).ToJsonString()
                )
            )
        );
        const string Person = "btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek";
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("RoleSessionName", Person)
                .With("SourceIdentity", Person)
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
                )
        );
        Check(answer, refused);
    }

    /// <summary>"AWS: Denies access to AWS based on the requested Region", and on the source IP.</summary>
    [Theory]
    [InlineData("""{ "StringNotEquals": { "aws:RequestedRegion": "eu-central-1" } }""", true)]
    [InlineData("""{ "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } }""", false)]
    [InlineData("""{ "NotIpAddress": { "aws:SourceIp": ["192.0.2.0/24"] } }""", false)]
    [InlineData("""{ "NotIpAddress": { "aws:SourceIp": ["127.0.0.0/8"] } }""", true)]
    [InlineData("""{ "Bool": { "aws:SecureTransport": "false" } }""", false)]
    public async Task Guard_rails_in_the_roles_policy(string condition, bool granted)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(), Deny(condition));
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().Be(granted);
    }

    /// <summary>"Revoke IAM role temporary security credentials": older sessions are dead, new ones and users are not.</summary>
    [Fact]
    public async Task Revoking_older_sessions()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var old = await aws.SessionAsync();
        aws.Clock.Advance(TimeSpan.FromSeconds(60));
        await aws.PutRoleAsync(
            Policies.Trust(),
            Policies.AllowInvoke(),
            Deny("""{ "DateLessThan": { "aws:TokenIssueTime": "2026-01-01T12:01:00.000Z" } }""")
        );
        var denied = await aws.InvokeAsync(old);
        denied.Error.Should().Be("403 AccessDeniedException");
        denied.ErrorMessage.Should().EndWith("with an explicit deny in an identity-based policy");
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().BeTrue();
    }

    /// <summary>One person is locked out, whatever their name was, in chained sessions too (aws:SourceIdentity).</summary>
    [Fact]
    public async Task Revoking_one_persons_sessions()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        JsonObject[] policies =
        [
            Policies.AllowInvoke(),
            Policies.Permission("Allow", "sts:*", SecondRole),
            Deny(
                """{ "StringLike": { "aws:SourceIdentity": "btnz__-WYJ-Zz7_Qyho2yXshuzV__*" } }"""
            ),
        ];
        await aws.PutRoleAsync(Policies.Trust(), policies);
        await aws.PutRoleOfAsync(
            SecondRole,
            Policies.Document(Policies.Statement("Allow", "sts:*", principal: LocalAws.RoleArn)),
            policies
        );
        var locked = await aws.SessionAsync(
            new AssumeRoleParameters().With(
                "SourceIdentity",
                "btnz__-WYJ-Zz7_Qyho2yXshuzV__ada.new"
            )
        );
        var free = await aws.SessionAsync(
            new AssumeRoleParameters().With("SourceIdentity", "btnz__V1StGXR8_Z5jdHi6B-myT__bo")
        );
        (await aws.InvokeAsync(locked)).Error.Should().Be("403 AccessDeniedException");
        (await aws.InvokeAsync(free)).Ok.Should().BeTrue();
        var second = new AssumeRoleParameters()
            .With("RoleArn", SecondRole)
            .With("ExternalId", null);
        (await aws.AssumeAsync(second, locked)).Error.Should().Be("403 AccessDenied");
        var chained = await aws.AssumeAsync(second, free);
        (await aws.InvokeAsync(chained.Credentials)).Ok.Should().BeTrue();
    }

    /// <summary>"IAM tutorial: Define permissions based on tags": the session's tag overrides the role's of the same key.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("tag:Team=other", false)]
    [InlineData("tag:team=discounts", true)]
    public async Task Access_by_tag(string request, bool granted)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutAsync(
            "roles",
            new
            {
                roleArn = LocalAws.RoleArn,
                trustPolicy = Policies.Document(Policies.Statement("Allow", "sts:*")),
                policies = new[]
                {
                    Policies.AllowInvoke("arn:aws:lambda:*:*:function:${aws:PrincipalTag/team}"),
                },
                tags = new { team = "discounts" },
            }
        );
        var session = await aws.SessionAsync(AssumeRoleText.Parse(request));
        (await aws.InvokeAsync(session)).Ok.Should().Be(granted);
    }

    /// <summary>"Chaining roles with session tags": what is inherited has to be let in, and tells who it is.</summary>
    [Theory]
    [InlineData("sts:AssumeRole sts:TagSession sts:SetSourceIdentity", null)]
    [InlineData("sts:AssumeRole sts:SetSourceIdentity", "sts:TagSession")]
    [InlineData("sts:AssumeRole sts:TagSession", "sts:SetSourceIdentity")]
    public async Task Inherited_tags_and_source_identity_need_permission_too(
        string actions,
        string? refused
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(Policies.Trust(), Policies.Permission("Allow", "sts:*", SecondRole));
        await aws.PutRoleOfAsync(
            SecondRole,
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    new JsonArray([.. actions.Split(' ').Select(a => (JsonNode)a)]).ToJsonString(),
                    """
                    { "StringEquals": { "aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ada" } }
                    """,
                    LocalAws.RoleArn
                )
            )
        );
        var first = await aws.SessionAsync(
            new AssumeRoleParameters()
                .Tag("team", "blue")
                .Transitive("team")
                .With("SourceIdentity", "ada")
        );
        var second = new AssumeRoleParameters()
            .With("RoleArn", SecondRole)
            .With("ExternalId", null);
        Check(await aws.AssumeAsync(second, first), refused);
    }

    private static JsonObject Deny(string condition)
    {
        var policy = Policies.Permission("Deny", "*", "*");
        policy["Statement"]![0]!["Condition"] = JsonNode.Parse(condition);
        return policy;
    }

    private static async Task ShouldDecideAsync(string trust, string request, string? refused)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(JsonNode.Parse(trust)!);
        Check(await aws.AssumeAsync(AssumeRoleText.Parse(request)), refused);
    }

    private static void Check(AwsAnswer answer, string? refused)
    {
        answer.Status.Should().Be(refused is null ? 200 : 403, answer.Text);
        if (refused is not null)
        {
            answer.Error.Should().Be("403 AccessDenied");
            answer.ErrorMessage.Should().Contain($"not authorized to perform: {refused} on");
        }
    }
}
