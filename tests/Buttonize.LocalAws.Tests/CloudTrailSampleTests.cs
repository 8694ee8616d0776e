using System.Text.Json;
using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Whole records of the cases that AWS documents with a sample ("Logging IAM and AWS STS API calls with AWS CloudTrail",
/// "CloudTrail userIdentity element"), in the members' order of the newer records of real trails.
/// </summary>
public sealed class CloudTrailSampleTests
{
    private const string UserAgent = "aws-cli/2.0 md/test";
    private const string JohnDoe = $"arn:aws:iam::{LocalAws.CustomerAccount}:user/staff/JohnDoe";
    private const string SecondRole =
        $"arn:aws:iam::{LocalAws.CustomerAccount}:role/team/JohnRole2";

    private const string OwnUser = $$"""
        "userIdentity": {
          "type": "IAMUser",
          "principalId": "*",
          "arn": "{{LocalAws.CallerArn}}",
          "accountId": "{{LocalAws.CallerAccount}}",
          "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
          "userName": "control-plane"
        }
        """;

    /// <summary>The session of the first role, as an AssumedRole identity of its own account.</summary>
    private const string FirstSession = $$"""
        "userIdentity": {
          "type": "AssumedRole",
          "principalId": "*",
          "arn": "arn:aws:sts::{{LocalAws.CustomerAccount}}:assumed-role/Demo/first",
          "accountId": "{{LocalAws.CustomerAccount}}",
          "accessKeyId": "*",
          "sessionContext": {
            "sessionIssuer": {
              "type": "Role",
              "principalId": "*",
              "arn": "{{LocalAws.RoleArn}}",
              "accountId": "{{LocalAws.CustomerAccount}}",
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
        await aws.WhoAmIAsync(change: WithUserAgent);
        var record = (await aws.TrailAsync()).Single();
        record.ShouldLookLike(
            Record(OwnUser, "GetCallerIdentity", "12:00:00", LocalAws.CallerAccount, null)
        );
    }

    [Fact]
    public async Task A_call_that_is_not_authorized_has_no_parameters()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(
            new AssumeRoleParameters().With("ExternalId", "a-wrong-external-id"),
            change: WithUserAgent
        );
        var record = (await aws.TrailAsync()).Single();
        record.ShouldLookLike(
            Record(
                $"""
                {OwnUser},
                "errorCode": "AccessDenied",
                "errorMessage": "User: {LocalAws.CallerArn} is not authorized to perform: sts:AssumeRole on resource: {LocalAws.RoleArn}"
                """,
                "AssumeRole",
                "12:00:00",
                LocalAws.CallerAccount,
                null
            )
        );
    }

    [Fact]
    public async Task Another_error_has_its_parameters()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(
            new AssumeRoleParameters().With("DurationSeconds", "43200"),
            change: WithUserAgent
        );
        var record = (await aws.TrailAsync()).Single();
        record.ShouldLookLike(
            Record(
                $"""
                {OwnUser},
                "errorCode": "ValidationError",
                "errorMessage": "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                """,
                "AssumeRole",
                "12:00:00",
                LocalAws.CallerAccount,
                LocalAws.RoleArn,
                $$"""
                {
                  "roleArn": "{{LocalAws.RoleArn}}",
                  "durationSeconds": 43200,
                  "roleSessionName": "somebody",
                  "externalId": "{{LocalAws.ExternalId}}"
                }
                """
            )
        );
    }

    [Fact]
    public async Task A_user_of_the_roles_account_makes_one_record()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(arn: JohnDoe);
        await aws.PutRoleAsync(TrustOwnAccount());
        var policy = Policies.AllowInvoke().ToJsonString();
        await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("ExternalId", null)
                .With("DurationSeconds", null)
                .With("Policy", policy),
            change: WithUserAgent
        );
        var record = (await aws.TrailAsync()).Single();
        record.ShouldLookLike(
            Record(
                $$"""
                "userIdentity": {
                  "type": "IAMUser",
                  "principalId": "*",
                  "arn": "{{JohnDoe}}",
                  "accountId": "{{LocalAws.CustomerAccount}}",
                  "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                  "userName": "JohnDoe"
                }
                """,
                "AssumeRole",
                "12:00:00",
                LocalAws.CustomerAccount,
                LocalAws.RoleArn,
                $$"""
                {
                  "roleArn": "{{LocalAws.RoleArn}}",
                  "roleSessionName": "somebody",
                  "policy": {{JsonSerializer.Serialize(policy)}}
                }
                """,
                $$"""
                {
                  "credentials": {
                    "accessKeyId": "*",
                    "sessionToken": "*",
                    "expiration": "Jan 1, 2026, 1:00:00 PM"
                  },
                  "assumedRoleUser": {
                    "assumedRoleId": "*",
                    "arn": "arn:aws:sts::{{LocalAws.CustomerAccount}}:assumed-role/Demo/somebody"
                  },
                  "packedPolicySize": {{record.Text("responseElements.packedPolicySize")}}
                }
                """
            )
        );
    }

    [Fact]
    public async Task A_chained_role_shows_the_session_it_came_from()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutSecondRoleAsync(aws);
        var first = await FirstSessionAsync(aws);
        aws.Clock.Advance(TimeSpan.FromMinutes(5));
        await aws.AssumeAsync(
            new AssumeRoleParameters()
                .With("RoleArn", SecondRole)
                .With("RoleSessionName", "Role2WithTags")
                .With("ExternalId", null)
                .Tag("Email", "johndoe@example.com")
                .Transitive("Email"),
            first,
            WithUserAgent
        );
        var record = (await aws.TrailAsync()).First();
        record.ShouldLookLike(
            Record(
                FirstSession,
                "AssumeRole",
                "12:05:00",
                LocalAws.CustomerAccount,
                SecondRole,
                $$"""
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
                $$"""
                {
                  "credentials": {
                    "accessKeyId": "*",
                    "sessionToken": "*",
                    "expiration": "Jan 1, 2026, 12:20:00 PM"
                  },
                  "assumedRoleUser": {
                    "assumedRoleId": "*",
                    "arn": "arn:aws:sts::{{LocalAws.CustomerAccount}}:assumed-role/JohnRole2/Role2WithTags"
                  },
                  "packedPolicySize": {{record.Text("responseElements.packedPolicySize")}},
                  "sourceIdentity": "JohnDoe"
                }
                """
            )
        );
    }

    [Fact]
    public async Task A_refused_session_is_shown_with_its_source_identity()
    {
        await using var aws = await LocalAws.StartAsync();
        var first = await FirstSessionAsync(aws);
        await aws.AssumeAsync(
            new AssumeRoleParameters().With("RoleArn", SecondRole).With("ExternalId", null),
            first,
            WithUserAgent
        );
        var record = (await aws.TrailAsync()).First();
        record.ShouldLookLike(
            Record(
                $"""
                {FirstSession},
                "errorCode": "AccessDenied",
                "errorMessage": "*"
                """,
                "AssumeRole",
                "12:00:00",
                LocalAws.CustomerAccount,
                null
            )
        );
    }

    [Fact]
    public async Task Root_is_shown_as_root()
    {
        await using var aws = await LocalAws.StartAsync();
        const string Root = $"arn:aws:iam::{LocalAws.CallerAccount}:root";
        await aws.PutCallerAsync(arn: Root);
        await aws.WhoAmIAsync(change: WithUserAgent);
        var record = (await aws.TrailAsync()).Single();
        record.ShouldLookLike(
            Record(
                $$"""
                "userIdentity": {
                  "type": "Root",
                  "principalId": "{{LocalAws.CallerAccount}}",
                  "arn": "{{Root}}",
                  "accountId": "{{LocalAws.CallerAccount}}",
                  "accessKeyId": "AKIAIOSFODNN7EXAMPLE"
                }
                """,
                "GetCallerIdentity",
                "12:00:00",
                LocalAws.CallerAccount,
                null
            )
        );
    }

    private static AwsRequest WithUserAgent(AwsRequest request) =>
        request with
        {
            Tamper = message => message.Headers.TryAddWithoutValidation("User-Agent", UserAgent),
        };

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
                principal: $"arn:aws:iam::{LocalAws.CustomerAccount}:root"
            )
        );

    /// <param name="identity">The userIdentity member, and the members of an error if there was one.</param>
    /// <param name="time">Of the first of January 2026.</param>
    /// <param name="role">Null: the record names no resource.</param>
    private static string Record(
        string identity,
        string eventName,
        string time,
        string recipient,
        string? role,
        string requestParameters = "null",
        string responseElements = "null"
    )
    {
        var (user, error) = identity.Split(",\n\"errorCode\"", 2) is [var before, var after]
            ? (before, $"\"errorCode\"{after},")
            : (identity, "");
        var resources = role is null
            ? ""
            : $$"""
                "resources": [
                  { "accountId": "{{LocalAws.CustomerAccount}}", "type": "AWS::IAM::Role", "ARN": "{{role}}" }
                ],
                """;
        return $$"""
            {
              "eventVersion": "1.08",
              {{user}},
              "eventTime": "2026-01-01T{{time}}Z",
              "eventSource": "sts.amazonaws.com",
              "eventName": "{{eventName}}",
              "awsRegion": "eu-central-1",
              "sourceIPAddress": "127.0.0.1",
              "userAgent": "{{UserAgent}}",
              {{error}}
              "requestParameters": {{requestParameters}},
              "responseElements": {{responseElements}},
              "requestID": "*",
              "eventID": "*",
              "readOnly": true,
              {{resources}}
              "eventType": "AwsApiCall",
              "managementEvent": true,
              "recipientAccountId": "{{recipient}}",
              "eventCategory": "Management",
              "tlsDetails": { "clientProvidedHostHeader": "*" }
            }
            """;
    }
}
