using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace Buttonize.LocalAws.Tests;

public sealed class CloudTrailTests
{
    /// <summary>
    /// The members of a real cross-account AssumeRole event of this product, with their JSON types. tlsVersion and cipherSuite
    /// are missing here: local calls come without TLS.
    /// </summary>
    private static readonly string[] RealMembers =
    [
        "eventVersion:String",
        "userIdentity.type:String",
        "userIdentity.principalId:String",
        "userIdentity.accountId:String",
        "eventTime:String",
        "eventSource:String",
        "eventName:String",
        "awsRegion:String",
        "sourceIPAddress:String",
        "userAgent:String",
        "requestParameters.roleArn:String",
        "requestParameters.durationSeconds:Number",
        "requestParameters.roleSessionName:String",
        "requestParameters.sourceIdentity:String",
        "requestParameters.tags[].key:String",
        "requestParameters.tags[].value:String",
        "requestParameters.transitiveTagKeys[]:String",
        "requestParameters.externalId:String",
        "responseElements.credentials.accessKeyId:String",
        "responseElements.credentials.sessionToken:String",
        "responseElements.credentials.expiration:String",
        "responseElements.assumedRoleUser.assumedRoleId:String",
        "responseElements.assumedRoleUser.arn:String",
        "responseElements.packedPolicySize:Number",
        "responseElements.sourceIdentity:String",
        "requestID:String",
        "eventID:String",
        "readOnly:True",
        "resources[].accountId:String",
        "resources[].type:String",
        "resources[].ARN:String",
        "eventType:String",
        "managementEvent:True",
        "recipientAccountId:String",
        "sharedEventID:String",
        "eventCategory:String",
        "tlsDetails.clientProvidedHostHeader:String",
    ];

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
        await using var aws = await LocalAws.StartAsync();
        aws.Clock.SetUtcNow(new DateTimeOffset(2026, 2, 25, 20, 53, 34, TimeSpan.Zero));
        var answer = await aws.AssumeAsync(LikeTheProduct());
        var record = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();

        Members(record).Should().Equal(RealMembers);
        Text(record, "eventVersion").Should().Be("1.08");
        Text(record, "userIdentity.type").Should().Be("AWSAccount");
        Text(record, "userIdentity.accountId").Should().Be(LocalAws.CallerAccount);
        Text(record, "eventTime").Should().Be("2026-02-25T20:53:34Z");
        Text(record, "eventSource").Should().Be("sts.amazonaws.com");
        Text(record, "awsRegion").Should().Be("eu-central-1");
        Text(record, "requestParameters.externalId").Should().Be(LocalAws.ExternalId);
        Text(record, "requestParameters.durationSeconds").Should().Be("900");
        Text(record, "responseElements.credentials.expiration")
            .Should()
            .Be("Feb 25, 2026, 9:08:34 PM");
        Text(record, "responseElements.credentials.sessionToken")
            .Should()
            .Be(answer.Xml("SessionToken"));
        Text(record, "responseElements.packedPolicySize").Should().Be("41");
        Text(record, "requestID").Should().Be(answer.Xml("RequestId"));
        Text(record, "recipientAccountId").Should().Be(LocalAws.CustomerAccount);
        Text(record, "eventType").Should().Be("AwsApiCall");
        Text(record, "eventCategory").Should().Be("Management");
        Text(record, "tlsDetails.clientProvidedHostHeader").Should().Be(aws.Address.Authority);
        record
            .GetProperty("requestParameters")
            .GetProperty("transitiveTagKeys")
            .EnumerateArray()
            .First()
            .GetString()
            .Should()
            .Be("buttonize-local-development");
        record.ToString().Should().NotContain(answer.Xml("SecretAccessKey"));
    }

    [Fact]
    public async Task The_caller_sees_the_same_call_under_the_same_shared_id()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(LikeTheProduct());
        var theirs = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();
        var own = (await aws.TrailAsync(LocalAws.CallerAccount)).Single();
        Text(own, "userIdentity.type").Should().Be("IAMUser");
        Text(own, "userIdentity.arn").Should().Be(LocalAws.CallerArn);
        Text(own, "userIdentity.userName").Should().Be("control-plane");
        Text(own, "userIdentity.accessKeyId").Should().Be(LocalAws.Caller.AccessKeyId);
        Text(own, "userIdentity.principalId").Should().Be(Text(theirs, "userIdentity.principalId"));
        Text(own, "sharedEventID").Should().Be(Text(theirs, "sharedEventID"));
        Text(own, "eventID").Should().NotBe(Text(theirs, "eventID"));
    }

    [Fact]
    public async Task A_refusal_is_recorded_in_both_accounts_and_of_an_unknown_role_in_one()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(new AssumeRoleParameters().With("ExternalId", "wrong-one"));
        var refused = (await aws.TrailAsync(LocalAws.CustomerAccount)).Single();
        Text(refused, "errorCode").Should().Be("AccessDenied");
        Text(refused, "errorMessage").Should().StartWith($"User: {LocalAws.CallerArn} is not");
        refused.GetProperty("responseElements").ValueKind.Should().Be(JsonValueKind.Null);
        (await aws.TrailAsync(LocalAws.CallerAccount)).Should().ContainSingle();

        await aws.AssumeAsync(
            new AssumeRoleParameters().With(
                "RoleArn",
                $"arn:aws:iam::{LocalAws.CustomerAccount}:role/Nobody"
            )
        );
        (await aws.TrailAsync(LocalAws.CustomerAccount)).Should().ContainSingle();
        (await aws.TrailAsync(LocalAws.CallerAccount)).Should().HaveCount(2);
    }

    [Fact]
    public async Task An_invocation_shows_the_session_and_not_the_payload()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var session = await aws.SessionAsync(LikeTheProduct());
        await aws.InvokeAsync(session, """{"very":"private"}""");
        var record = (await aws.TrailAsync(eventName: "Invoke")).Single();
        Text(record, "eventSource").Should().Be("lambda.amazonaws.com");
        Text(record, "eventCategory").Should().Be("Data");
        Text(record, "managementEvent").Should().Be("False");
        Text(record, "requestParameters.functionName").Should().Be(LocalAws.FunctionArn);
        Text(record, "userIdentity.type").Should().Be("AssumedRole");
        Text(record, "userIdentity.accessKeyId").Should().Be(session.AccessKeyId);
        Text(record, "userIdentity.principalId")
            .Should()
            .MatchRegex(@"\AAROA\w{17}:btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek\z");
        Text(record, "userIdentity.sessionContext.sessionIssuer.arn").Should().Be(LocalAws.RoleArn);
        Text(record, "userIdentity.sessionContext.sessionIssuer.userName").Should().Be("Demo");
        Text(record, "userIdentity.sessionContext.attributes.creationDate")
            .Should()
            .Be("2026-01-01T12:00:00Z");
        Text(record, "userIdentity.sessionContext.attributes.mfaAuthenticated")
            .Should()
            .Be("false");
        Text(record, "userIdentity.sessionContext.sourceIdentity")
            .Should()
            .Be("btnz__-WYJ-Zz7_Qyho2yXshuzV__fpyrek");
        record.ToString().Should().NotContain("private");
    }

    [Fact]
    public async Task Data_events_can_be_off_for_a_function()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat", dataEvents: false);
        var session = await aws.SessionAsync();
        (await aws.InvokeAsync(session)).Ok.Should().BeTrue();
        await aws.AdminAsync(
            HttpMethod.Put,
            "faults",
            """[{"service":"lambda","kind":"error","count":1}]"""
        );
        (await aws.InvokeAsync(session)).Ok.Should().BeFalse();
        (await aws.TrailAsync(eventName: "Invoke")).Should().BeEmpty();
        (await aws.InvokeAsync(session, function: "other")).Ok.Should().BeFalse();
        var refused = (await aws.TrailAsync(eventName: "Invoke")).Single();
        Text(refused, "errorCode").Should().Be("AccessDeniedException");
    }

    [Fact]
    public async Task A_bad_signature_is_recorded_without_a_name()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.AssumeAsync(credentials: LocalAws.Caller with { SecretAccessKey = "guess" });
        var record = (await aws.TrailAsync()).Single();
        Text(record, "errorCode").Should().Be("SignatureDoesNotMatch");
        Text(record, "userIdentity.type").Should().Be("Unknown");
        Text(record, "recipientAccountId").Should().Be(LocalAws.CallerAccount);
    }

    [Fact]
    public async Task The_newest_comes_first()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.WhoAmIAsync();
        aws.Clock.Advance(TimeSpan.FromMinutes(1));
        await aws.WhoAmIAsync();
        (await aws.TrailAsync(eventName: "GetCallerIdentity"))
            .Select(record => Text(record, "eventTime"))
            .Should()
            .Equal("2026-01-01T12:01:00Z", "2026-01-01T12:00:00Z");
    }

    [Fact]
    public async Task Files_lie_where_a_bucket_would_have_them()
    {
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            await using var aws = await LocalAws.StartAsync(
                $"--LocalAws:TrailFolder={folder.FullName}"
            );
            await aws.AssumeAsync();
            var files = Directory
                .GetFiles(folder.FullName, "*", SearchOption.AllDirectories)
                .ToDictionary(file =>
                    Path.GetRelativePath(folder.FullName, file).Replace('\\', '/')
                );
            files.Should().HaveCount(2);
            var account = LocalAws.CustomerAccount;
            var name = files.Keys.Single(key => key.Contains(account, StringComparison.Ordinal));
            name.Should()
                .MatchRegex(
                    $@"\AAWSLogs/{account}/CloudTrail/eu-central-1/2026/01/01/{account}_CloudTrail_eu-central-1_20260101T1200Z_[A-Za-z0-9]{{16}}\.json\.gz\z"
                );
            await using var file = File.OpenRead(files[name]);
            await using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            using var json = await JsonDocument.ParseAsync(
                unzipped,
                cancellationToken: TestContext.Current.CancellationToken
            );
            json.RootElement.GetProperty("Records").GetArrayLength().Should().Be(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Text(JsonElement record, string path) =>
        path.Split('.').Aggregate(record, (element, name) => element.GetProperty(name)).ToString();

    /// <summary>Every path to a value with its type, in order; lists count once.</summary>
    private static IEnumerable<string> Members(JsonElement element, string path = "") =>
        (
            element.ValueKind switch
            {
                JsonValueKind.Object => element
                    .EnumerateObject()
                    .SelectMany(member =>
                        Members(
                            member.Value,
                            path.Length == 0 ? member.Name : $"{path}.{member.Name}"
                        )
                    ),
                JsonValueKind.Array => element
                    .EnumerateArray()
                    .SelectMany(item => Members(item, path + "[]")),
                _ => [string.Create(CultureInfo.InvariantCulture, $"{path}:{element.ValueKind}")],
            }
        ).Distinct();
}
