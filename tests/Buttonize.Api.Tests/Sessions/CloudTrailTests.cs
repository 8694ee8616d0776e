using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>
/// What a customer sees of a session, compared with the event of a real one. In <c>assume-role-event.json</c> what names a
/// customer is <c>HIDDEN</c>.
/// </summary>
public sealed partial class CloudTrailTests(Services services) : IAsyncLifetime
{
    private const string CustomerAccount = "123456789012";

    /// <summary>These differ from session to session; what they are is checked one by one.</summary>
    private static readonly string[] Different =
    [
        "$.eventTime",
        "$.userAgent",
        "$.requestParameters.roleArn",
        "$.requestParameters.roleSessionName",
        "$.requestParameters.sourceIdentity",
        "$.requestParameters.tags[0].value",
        "$.requestParameters.tags[2].value",
        "$.requestParameters.tags[3].value",
        "$.requestParameters.tags[4].value",
        "$.responseElements.credentials.expiration",
        "$.responseElements.assumedRoleUser.assumedRoleId",
        "$.responseElements.assumedRoleUser.arn",
        "$.responseElements.packedPolicySize",
        "$.responseElements.sourceIdentity",
        "$.resources[0].ARN",
        "$.tlsDetails.clientProvidedHostHeader",
    ];

    /// <summary>Local AWS is called without TLS.</summary>
    private static readonly string[] OfTls =
    [
        "$.tlsDetails.tlsVersion",
        "$.tlsDetails.cipherSuite",
    ];

    private readonly ControlPlane controlPlane = ControlPlane.Start(services);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_looks_in_CloudTrail_as_the_real_ones_do()
    {
        var (recorded, _, _) = await IssueAsync();
        var (model, actual) = (Leaves(Model()), Leaves(recorded.DeepClone()));

        actual
            .Select(leaf => leaf.Path)
            .Should()
            .Equal(
                model.Select(leaf => leaf.Path).Except(OfTls),
                "{0} has the real one's members in their order",
                recorded
            );
        var values = actual.ToDictionary(leaf => leaf.Path, leaf => leaf.Value);
        foreach (var (path, value) in model.Where(l => !OfTls.Contains(l.Path)))
        {
            if (value == "\"HIDDEN\"")
            {
                values[path].Should().NotBeNullOrEmpty(path).And.NotBe("\"\"", path);
            }
            else if (!Different.Contains(path))
            {
                values[path].Should().Be(value, path);
            }
        }
    }

    [Fact]
    public async Task It_says_who_it_is_for()
    {
        var (record, tenant, app) = await IssueAsync("Zoë 😀");
        var me = await tenant.Owner.GetFromJsonAsync<JsonObject>("/v1/me", Token);
        var (userId, appId) = ((string)me!["userId"]!, (string)app["appId"]!);
        var role = (string)app["executionRoleArn"]!;
        var identity = $"btnz__{userId}__Zoe";

        var request = record["requestParameters"]!;
        ((string)request["roleArn"]!).Should().Be(role);
        ((int)request["durationSeconds"]!).Should().Be(900);
        ((string)request["roleSessionName"]!).Should().Be(identity);
        ((string)request["sourceIdentity"]!).Should().Be(identity);
        request["tags"]!
            .AsArray()
            .Select(tag => ((string)tag!["key"]!, (string)tag["value"]!))
            .Should()
            .Equal(
                ("buttonize-app-id", appId),
                ("buttonize-local-development", "false"),
                ("buttonize-user-id", userId),
                ("buttonize-organization-id", tenant.OrganizationId),
                ("buttonize-user-name", "Zoë -")
            );
        request["transitiveTagKeys"]!
            .AsArray()
            .Select(key => (string)key!)
            .Should()
            .Equal(
                "buttonize-local-development",
                "buttonize-user-id",
                "buttonize-organization-id",
                "buttonize-user-name",
                "buttonize-app-id"
            );

        var response = record["responseElements"]!;
        ((string)response["sourceIdentity"]!).Should().Be(identity);
        ((string)response["assumedRoleUser"]!["arn"]!)
            .Should()
            .Be(
                $"arn:aws:sts::{CustomerAccount}:assumed-role/{role[(role.IndexOf('/', StringComparison.Ordinal) + 1)..]}/{identity}"
            );
        ((string)response["assumedRoleUser"]!["assumedRoleId"]!).Should().EndWith($":{identity}");
        ((int)response["packedPolicySize"]!).Should().BeInRange(1, 100);
        ((string)record["userAgent"]!).Should().Contain("aws-sdk-dotnet");
    }

    [Fact]
    public async Task It_ends_900_seconds_after_it_began()
    {
        var (record, _, _) = await IssueAsync();

        var began = DateTimeOffset.Parse(
            (string)record["eventTime"]!,
            CultureInfo.InvariantCulture
        );
        var ends = DateTimeOffset.ParseExact(
            (string)record["responseElements"]!["credentials"]!["expiration"]!,
            "MMM d, yyyy, h:mm:ss tt",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal
        );
        (ends - began).Should().BeCloseTo(TimeSpan.FromSeconds(900), TimeSpan.FromSeconds(1));
        EventTime().IsMatch((string)record["eventTime"]!).Should().BeTrue();
    }

    [Fact]
    public async Task Local_development_is_marked()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        using var response = await tenant.Owner.PostAsJsonAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            new { localDevelopment = true },
            Token
        );
        response.EnsureSuccessStatusCode();

        var record = await EventAsync(app);

        ((string)record["requestParameters"]!["tags"]![1]!["value"]!).Should().Be("true");
    }

    [Fact]
    public async Task A_session_that_is_not_narrowed_has_no_policy()
    {
        var (record, _, _) = await IssueAsync();

        record["requestParameters"]!.AsObject().Should().NotContainKey("policy");
    }

    [Fact]
    public async Task A_narrowed_session_may_invoke_the_apps_functions_and_nothing_else()
    {
        string[] functions =
        [
            $"arn:aws:lambda:eu-central-1:{CustomerAccount}:function:one",
            $"arn:aws:lambda:eu-central-1:{CustomerAccount}:function:two",
        ];
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(
            Token,
            change: body =>
            {
                body["functionArns"] = new JsonArray([.. functions.Select(f => (JsonNode)f)]);
                body["restrictSessionToFunctions"] = true;
            },
            functionArns: functions
        );
        await IssueAsync(tenant, app);

        var record = await EventAsync(app);

        var policy = JsonNode.Parse((string)record["requestParameters"]!["policy"]!);
        JsonNode
            .DeepEquals(
                policy,
                JsonSerializer.SerializeToNode(
                    new
                    {
                        Version = "2012-10-17",
                        Statement = new[]
                        {
                            new
                            {
                                Effect = "Allow",
                                Action = "lambda:InvokeFunction",
                                Resource = functions,
                            },
                        },
                    }
                )
            )
            .Should()
            .BeTrue(policy!.ToJsonString());
    }

    [Fact]
    public async Task A_refused_session_is_in_the_control_planes_trail_and_not_in_the_customers()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var role = (string)app["executionRoleArn"]!;
        await controlPlane.Aws.RefuseAsync(role, Token);
        // The proofs of the role's trust are refusals as well.
        var before = (await RefusalsAsync(Services.ControlPlaneAccount, role)).Count;
        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        var refusals = await RefusalsAsync(Services.ControlPlaneAccount, role);

        refusals.Should().HaveCountGreaterThan(before);
        ((string)refusals[0]["errorCode"]!).Should().Be("AccessDenied");
        refusals[0]["responseElements"].Should().BeNull();
        (await RefusalsAsync(CustomerAccount, role)).Should().BeEmpty();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => controlPlane.DisposeAsync();

    private async Task<(JsonObject Record, Tenant Tenant, JsonObject App)> IssueAsync(
        string? name = null
    )
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token, name: name);
        var app = await tenant.RegisterAsync(Token);
        await IssueAsync(tenant, app);
        return (await EventAsync(app), tenant, app);
    }

    private static async Task IssueAsync(Tenant tenant, JsonObject app)
    {
        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );
        response.EnsureSuccessStatusCode();
    }

    private async Task<JsonObject> EventAsync(JsonObject app) =>
        (await controlPlane.Aws.SessionsAsync((string)app["executionRoleArn"]!, Token))[0];

    /// <summary>Events of an account that have an error and name the role in it, newest first.</summary>
    private async Task<List<JsonObject>> RefusalsAsync(string account, string role) =>
        [
            .. (await controlPlane.Aws.TrailAsync("AssumeRole", account, Token))
                .Select(record => record!.AsObject())
                .Where(record =>
                    ((string?)record["errorMessage"])?.EndsWith(role, StringComparison.Ordinal)
                        is true
                ),
        ];

    private static JsonObject Model()
    {
        using var stream = typeof(CloudTrailTests).Assembly.GetManifestResourceStream(
            "assume-role-event.json"
        );
        return JsonNode.Parse(stream!)!.AsObject();
    }

    private static List<(string Path, string Value)> Leaves(JsonNode node) =>
        node switch
        {
            JsonObject members =>
            [
                .. members.SelectMany(m =>
                    m.Value is null ? [($"$.{m.Key}", "null")] : Leaves(m.Value)
                ),
            ],
            JsonArray entries => [.. entries.SelectMany(e => Leaves(e!))],
            _ => [(node.GetPath(), node.ToJsonString())],
        };

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z")]
    private static partial Regex EventTime();
}
