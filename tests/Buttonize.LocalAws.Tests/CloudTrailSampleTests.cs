using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Whole records of the cases that AWS documents with a sample ("Logging IAM and AWS STS API calls with AWS CloudTrail",
/// "CloudTrail userIdentity element"), in the members' order of the newer records of real trails.
/// </summary>
public sealed class CloudTrailSampleTests
{
    private const string Customer = LocalAws.CustomerAccount;
    private const string JohnDoe = $"arn:aws:iam::{Customer}:user/staff/JohnDoe";
    private const string SecondRole = $"arn:aws:iam::{Customer}:role/team/JohnRole2";

    private const string ControlPlane = $$"""
        {
          "type": "IAMUser",
          "principalId": "*",
          "arn": "{{LocalAws.CallerArn}}",
          "accountId": "{{LocalAws.CallerAccount}}",
          "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
          "userName": "control-plane"
        }
        """;

    private const string FirstSession = $$"""
        {
          "type": "AssumedRole",
          "principalId": "*",
          "arn": "arn:aws:sts::{{Customer}}:assumed-role/Demo/first",
          "accountId": "{{Customer}}",
          "accessKeyId": "*",
          "sessionContext": {
            "sessionIssuer": {
              "type": "Role",
              "principalId": "*",
              "arn": "{{LocalAws.RoleArn}}",
              "accountId": "{{Customer}}",
              "userName": "Demo"
            },
            "attributes": {
              "creationDate": "2026-01-01T12:00:00Z",
              "mfaAuthenticated": "false"
            },
            "sourceIdentity": "JohnDoe"
          }
        }
        """;

    [Fact]
    public async Task GetCallerIdentity_has_neither_parameters_nor_an_answer()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.WhoAmIAsync(change: StsRecord.WithUserAgent);
        (await aws.TrailAsync())
            .Single()
            .ShouldLookLike(
                new StsRecord("GetCallerIdentity", ControlPlane, LocalAws.CallerAccount).ToJson()
            );
    }

    [Fact]
    public async Task A_call_that_is_not_authorized_has_no_parameters()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(
            new AssumeRoleParameters().With("ExternalId", "a-wrong-external-id"),
            change: StsRecord.WithUserAgent
        );
        (await aws.TrailAsync())
            .Single()
            .ShouldLookLike(
                new StsRecord("AssumeRole", ControlPlane, LocalAws.CallerAccount)
                {
                    Error = (
                        "AccessDenied",
                        $"User: {LocalAws.CallerArn} is not authorized to perform: sts:AssumeRole on resource: {LocalAws.RoleArn}"
                    ),
                }.ToJson()
            );
    }

    [Fact]
    public async Task Another_error_has_its_parameters()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(
            new AssumeRoleParameters().With("DurationSeconds", "43200"),
            change: StsRecord.WithUserAgent
        );
        (await aws.TrailAsync())
            .Single()
            .ShouldLookLike(
                new StsRecord("AssumeRole", ControlPlane, LocalAws.CallerAccount)
                {
                    Error = (
                        "ValidationError",
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                    ),
                    Role = LocalAws.RoleArn,
                    RequestParameters = $$"""
                    {
                      "roleArn": "{{LocalAws.RoleArn}}",
                      "durationSeconds": 43200,
                      "roleSessionName": "somebody",
                      "externalId": "{{LocalAws.ExternalId}}"
                    }
                    """,
                }.ToJson()
            );
    }

    [Fact]
    public async Task A_user_of_the_roles_account_makes_one_record()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(arn: JohnDoe);
        await aws.PutRoleAsync(TrustOwnAccount());
        var policy = Policies.AllowInvoke().ToJsonString();
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("ExternalId", null)
                .With("DurationSeconds", null)
                .With("Policy", policy),
            change: StsRecord.WithUserAgent
        );
        const string User = $$"""
            {
              "type": "IAMUser",
              "principalId": "*",
              "arn": "{{JohnDoe}}",
              "accountId": "{{Customer}}",
              "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
              "userName": "JohnDoe"
            }
            """;
        (await aws.TrailAsync())
            .Single()
            .ShouldLookLike(
                new StsRecord("AssumeRole", User, Customer)
                {
                    Role = LocalAws.RoleArn,
                    RequestParameters = $$"""
                    {
                      "roleArn": "{{LocalAws.RoleArn}}",
                      "roleSessionName": "somebody",
                      "policy": {{JsonSerializer.Serialize(policy)}}
                    }
                    """,
                    ResponseElements = $$"""
                    {
                      "credentials": {
                        "accessKeyId": "*",
                        "sessionToken": "*",
                        "expiration": "Jan 1, 2026, 1:00:00 PM"
                      },
                      "assumedRoleUser": {
                        "assumedRoleId": "*",
                        "arn": "arn:aws:sts::{{Customer}}:assumed-role/Demo/somebody"
                      },
                      "packedPolicySize": {{answer.Xml("PackedPolicySize")}}
                    }
                    """,
                }.ToJson()
            );
    }

    [Fact]
    public async Task A_chained_role_shows_the_session_it_came_from()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutSecondRoleAsync(aws);
        var first = await FirstSessionAsync(aws);
        aws.Clock.Advance(TimeSpan.FromMinutes(5));
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("RoleArn", SecondRole)
                .With("RoleSessionName", "Role2WithTags")
                .With("ExternalId", null)
                .Tag("Email", "johndoe@example.com")
                .Transitive("Email"),
            first,
            StsRecord.WithUserAgent
        );
        (await aws.TrailAsync())[0]
            .ShouldLookLike(
                new StsRecord("AssumeRole", FirstSession, Customer)
                {
                    Time = "12:05:00",
                    Role = SecondRole,
                    RequestParameters = $$"""
                    {
                      "incomingTransitiveTags": { "Department": "Engineering" },
                      "roleArn": "{{SecondRole}}",
                      "durationSeconds": 900,
                      "roleSessionName": "Role2WithTags",
                      "sourceIdentity": "JohnDoe",
                      "tags": [{ "key": "Email", "value": "johndoe@example.com" }],
                      "transitiveTagKeys": ["Email"]
                    }
                    """,
                    ResponseElements = $$"""
                    {
                      "credentials": {
                        "accessKeyId": "*",
                        "sessionToken": "*",
                        "expiration": "Jan 1, 2026, 12:20:00 PM"
                      },
                      "assumedRoleUser": {
                        "assumedRoleId": "*",
                        "arn": "arn:aws:sts::{{Customer}}:assumed-role/JohnRole2/Role2WithTags"
                      },
                      "packedPolicySize": {{answer.Xml("PackedPolicySize")}},
                      "sourceIdentity": "JohnDoe"
                    }
                    """,
                }.ToJson()
            );
    }

    [Fact]
    public async Task A_refused_session_is_shown_with_its_source_identity()
    {
        await using var aws = await LocalAws.StartAsync();
        var first = await FirstSessionAsync(aws);
        var answer = await aws.AssumeAsync(
            new AssumeRoleParameters().With("RoleArn", SecondRole).With("ExternalId", null),
            first,
            StsRecord.WithUserAgent
        );
        (await aws.TrailAsync())[0]
            .ShouldLookLike(
                new StsRecord("AssumeRole", FirstSession, Customer)
                {
                    Error = ("AccessDenied", answer.ErrorMessage),
                }.ToJson()
            );
    }

    [Fact]
    public async Task Root_is_shown_as_root()
    {
        await using var aws = await LocalAws.StartAsync();
        const string Root = $"arn:aws:iam::{LocalAws.CallerAccount}:root";
        await aws.PutCallerAsync(arn: Root);
        await aws.WhoAmIAsync(change: StsRecord.WithUserAgent);
        const string User = $$"""
            {
              "type": "Root",
              "principalId": "{{LocalAws.CallerAccount}}",
              "arn": "{{Root}}",
              "accountId": "{{LocalAws.CallerAccount}}",
              "accessKeyId": "AKIAIOSFODNN7EXAMPLE"
            }
            """;
        (await aws.TrailAsync())
            .Single()
            .ShouldLookLike(
                new StsRecord("GetCallerIdentity", User, LocalAws.CallerAccount).ToJson()
            );
    }

    private static Task<Credentials> FirstSessionAsync(LocalAws aws) =>
        aws.SessionAsync(
            new AssumeRoleParameters()
                .With("RoleSessionName", "first")
                .With("SourceIdentity", "JohnDoe")
                .Tag("Department", "Engineering")
                .Transitive("Department")
        );

    private static async Task PutSecondRoleAsync(LocalAws aws)
    {
        await aws.PutRoleAsync(Policies.Trust(), Policies.Permission("Allow", "sts:*", "*"));
        await aws.PutAsync(
            "roles",
            new
            {
                roleArn = SecondRole,
                trustPolicy = TrustOwnAccount(),
                policies = Array.Empty<object>(),
            }
        );
    }

    private static JsonObject TrustOwnAccount() =>
        Policies.Document(
            Policies.Statement(
                "Allow",
                """["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]""",
                principal: $"arn:aws:iam::{Customer}:root"
            )
        );
}
