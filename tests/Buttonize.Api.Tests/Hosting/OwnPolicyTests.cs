using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Buttonize.Api.Storage;
using Buttonize.LocalAws;
using Buttonize.LocalAws.Iam;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>
/// The policy that operators give the control plane (<c>deploy/control-plane.cloudformation.yaml</c>) allows every call that it makes, and
/// nothing that it does not make.
/// </summary>
public sealed class OwnPolicyTests(Services services)
{
    private const string Account = Services.ControlPlaneAccount;
    private const string KeyArn =
        $"arn:aws:kms:eu-central-1:{Account}:key/11111111-2222-3333-4444-555555555555";
    private const string ContextKey = "kms:EncryptionContext:buttonize:table";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string table = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_allows_every_call_of_the_program_and_each_of_its_actions_is_used()
    {
        var calls = await WalkAsync();
        var policy = Policy();

        calls
            .Where(call => !IsAllowed(policy, call.Action, call.Resource))
            .Should()
            .BeEmpty("a control plane with this policy has to work");
        var granted = policy["Statement"]!
            .AsArray()
            .Where(s => (string?)s!["Effect"] == "Allow")
            .SelectMany(s => Texts(s!["Action"]!).Select(action => (s!["Sid"]!.ToString(), action)))
            .ToList();
        granted.Should().HaveCountGreaterThan(10);
        granted
            .Where(g => !calls.Any(call => call.Sid == g.Item1 && call.Action == g.Item2))
            .Should()
            .BeEmpty("what the program does not do, its policy need not allow");
    }

    [Theory]
    [InlineData("sts:AssumeRole", $"arn:aws:iam::{Account}:role/Admin")]
    [InlineData("sts:AssumeRole", $"arn:aws:iam::{Account}:role/path/Admin")]
    [InlineData("sts:TagSession", $"arn:aws:iam::{Account}:role/Admin")]
    [InlineData("sts:SetSourceIdentity", $"arn:aws:iam::{Account}:role/Admin")]
    [InlineData("sts:AssumeRole", "arn:aws-cn:iam::123456789012:role/Demo")]
    [InlineData("sts:AssumeRole", "arn:aws:iam::123456789012:user/Demo")]
    [InlineData("sts:AssumeRoleWithWebIdentity", "arn:aws:iam::123456789012:role/Demo")]
    [InlineData("sts:GetFederationToken", $"arn:aws:sts::{Account}:federated-user/x")]
    [InlineData("iam:PassRole", $"arn:aws:iam::{Account}:role/Admin")]
    [InlineData("dynamodb:GetItem", $"arn:aws:dynamodb:eu-central-1:{Account}:table/other")]
    [InlineData("dynamodb:GetItem", "arn:aws:dynamodb:eu-central-1:123456789012:table/TABLE")]
    [InlineData("dynamodb:GetItem", $"arn:aws:dynamodb:us-east-1:{Account}:table/TABLE")]
    [InlineData("dynamodb:Scan", $"arn:aws:dynamodb:eu-central-1:{Account}:table/TABLE")]
    [InlineData("dynamodb:DeleteTable", $"arn:aws:dynamodb:eu-central-1:{Account}:table/TABLE")]
    [InlineData("dynamodb:UpdateTable", $"arn:aws:dynamodb:eu-central-1:{Account}:table/TABLE")]
    [InlineData("dynamodb:Query", $"arn:aws:dynamodb:eu-central-1:{Account}:table/TABLE-2/index/x")]
    [InlineData("kms:Decrypt", $"arn:aws:kms:eu-central-1:{Account}:key/another")]
    [InlineData("kms:ScheduleKeyDeletion", KeyArn)]
    [InlineData("kms:PutKeyPolicy", KeyArn)]
    [InlineData("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:123456789012:function:x")]
    public void It_allows_nothing_else(string action, string resource) =>
        IsAllowed(Policy(), action, resource.Replace("TABLE", table, StringComparison.Ordinal))
            .Should()
            .BeFalse();

    [Fact]
    public void Roles_of_its_own_account_are_denied_whatever_else_allows_them()
    {
        var policies = new[]
        {
            Parse(Policy()),
            Parse(
                JsonNode
                    .Parse(
                        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""
                    )!
                    .AsObject()
            ),
        };

        Decide(policies, "sts:AssumeRole", $"arn:aws:iam::{Account}:role/Admin")
            .Should()
            .Be(LocalAws.Iam.Access.DeniedByIdentityPolicy);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("buttonize-before", "buttonize-before")]
    public void Data_keys_are_those_of_this_table_alone(string context, string? expected)
    {
        var statement = Policy(context)["Statement"]!
            .AsArray()
            .Single(s => (string?)s!["Sid"] == "DataKeys")!;

        statement["Condition"]!
            .ToJsonString()
            .Should()
            .Be(
                new JsonObject
                {
                    ["StringEquals"] = new JsonObject { [ContextKey] = expected ?? table },
                }.ToJsonString()
            );
    }

    [Fact]
    public void The_key_rotates_and_outlives_its_stack()
    {
        var key = Template().Resource("Key");

        ((string?)key["DeletionPolicy"]).Should().Be("Retain");
        ((string?)key["UpdateReplacePolicy"]).Should().Be("Retain");
        ((string?)key["Properties"]!["EnableKeyRotation"]).Should().Be("true");
        ((string?)key["Properties"]!["PendingWindowInDays"]).Should().Be("30");
    }

    /// <summary>
    /// Everything that the program asks of AWS while every kind of call is made and the work in the background is done, with the statement
    /// of the policy that is meant for it.
    /// </summary>
    private async Task<List<(string Sid, string Action, string Resource)>> WalkAsync()
    {
        using var dynamoDb = new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig
            {
                ServiceURL = services.DynamoDb.ToString(),
                AuthenticationRegion = "eu-central-1",
            }
        );
        await dynamoDb.CreateTableAsync(TableDefinition.CreateRequest(table), Token);
        await using var kms = await KmsStub.StartAsync(Token);
        await using var toDynamoDb = await RecordedCalls.StartAsync(
            services.DynamoDb,
            RecordedCalls.OfDynamoDb,
            Token
        );
        await using var toKms = await RecordedCalls.StartAsync(
            kms.Address,
            RecordedCalls.OfKms,
            Token
        );
        await using var toSts = await RecordedCalls.StartAsync(
            services.Aws,
            RecordedCalls.OfSts,
            Token
        );
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Buttonize:TableName"] = table,
            ["Buttonize:CreateTable"] = "false",
            ["Buttonize:Encryption:KeyFile"] = null,
            ["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId,
            ["AWS_ENDPOINT_URL_DYNAMODB"] = toDynamoDb.Address,
            ["AWS_ENDPOINT_URL_KMS"] = toKms.Address,
            ["AWS_ENDPOINT_URL_STS"] = toSts.Address,
        };
        await using (var controlPlane = ControlPlane.Start(services, settings))
        {
            using var stored = new StoredTable(services.DynamoDb, table);
            var every = await EveryCall.OfAsync(controlPlane, stored, Token);
            await every.ShouldAllWorkAsync();
            await (await Tenant.CreateAsync(controlPlane, Token)).Owner.GetAnswerAsync(
                "/health/ready",
                Token
            );
            await DeleteAnOrganizationAsync(controlPlane, stored);
        }

        return
        [
            .. toDynamoDb.Seen.Select(c =>
                (
                    c.Resource.Contains('/', StringComparison.Ordinal) ? "Indexes" : "Table",
                    $"dynamodb:{c.Action}",
                    $"arn:aws:dynamodb:eu-central-1:{Account}:table/{c.Resource}"
                )
            ),
            .. toKms.Seen.Select(c =>
                (
                    "DataKeys",
                    $"kms:{c.Action}",
                    c.Resource == $$"""{{KmsStub.KeyId}} {"buttonize:table":"{{table}}"}"""
                        ? KeyArn
                        : c.Resource
                )
            ),
            // GetCallerIdentity needs no permission (AWS STS API reference).
            .. toSts
                .Seen.Where(c => c.Action != "GetCallerIdentity")
                .Select(c => ("CustomersRoles", $"sts:{c.Action}", c.Resource)),
        ];
    }

    /// <summary>What is swept in the background is asked of DynamoDB, too.</summary>
    private static async Task DeleteAnOrganizationAsync(
        ControlPlane controlPlane,
        StoredTable stored
    )
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);
        await Eventually.HoldsAsync(
            () => stored.FindAsync($"ORG#{tenant.OrganizationId}", Token),
            items => items.Count == 0,
            Patience,
            Token
        );
    }

    private DeployedTemplate Template(string context = "") =>
        new(
            "control-plane.cloudformation.yaml",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AWS::Partition"] = "aws",
                ["AWS::AccountId"] = Account,
                ["AWS::Region"] = "eu-central-1",
                ["TableName"] = table,
                ["KmsContext"] = context,
                ["IsRestored"] = context.Length > 0 ? "true" : "false",
                ["Key.Arn"] = KeyArn,
            }
        );

    private JsonObject Policy(string context = "") =>
        Template(context).Properties("Policy")["PolicyDocument"]!.AsObject();

    private static IEnumerable<string> Texts(JsonNode node) =>
        node is JsonArray list ? list.Select(n => n!.ToString()) : [node.ToString()];

    private static bool IsAllowed(JsonObject policy, string action, string resource) =>
        Decide([Parse(policy)], action, resource) == LocalAws.Iam.Access.Allowed;

    /// <summary>Local AWS knows no conditions of KMS; a test of their own looks at those.</summary>
    private static PolicyDocument Parse(JsonObject policy)
    {
        var known = policy.DeepClone();
        foreach (var statement in (known["Statement"] as JsonArray) ?? [])
        {
            statement!.AsObject().Remove("Condition");
        }

        return PolicyParser.ParsePermissions(
            JsonSerializer.SerializeToElement(known),
            "The control plane's policy"
        );
    }

    private static LocalAws.Iam.Access Decide(
        PolicyDocument[] policies,
        string action,
        string resource
    )
    {
        var permissions = new Permissions(policies, null);
        var caller = new Caller(
            PrincipalArn.TryParse($"arn:aws:iam::{Account}:user/control-plane")!,
            "AIDACONTROLPLANE",
            LocalAwsClient.ControlPlaneKeyId,
            permissions,
            new Dictionary<string, string>(),
            null,
            null
        );
        var call = new AwsCall(
            "0",
            DateTimeOffset.UnixEpoch,
            "eu-central-1",
            caller,
            "203.0.113.1",
            IsSecure: true,
            "test",
            "aws"
        );
        return permissions.Decide(new AccessRequest(action, resource, RequestContext.Of(call)));
    }
}
