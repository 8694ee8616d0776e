using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Buttonize.Api.Apps;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>What is in the log can be searched for: by trace, by event, by route and by code.</summary>
public sealed partial class LogTests(Services services, SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_leaves_one_event_with_route_and_code_and_without_its_query()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var path = $"{tenant.Root}/apps/{new string('a', 21)}/credentials";

        var answer = await tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{path}?localDevelopment=planted",
            null,
            Token
        );

        var request = await EventAsync(shared.ControlPlane, e => Text(e, "RequestPath") == path);
        Text(request, "Route")
            .Should()
            .Be("/v1/organizations/{organizationId:id}/apps/{appId:id}/credentials/");
        Text(request, "Code").Should().Be(answer.Code);
        Number(request, "StatusCode").Should().Be(answer.Status);
        request["EventId"]!["Id"]!.GetValue<int>().Should().Be(1100);
        Text(request, "@tr").Should().Be(answer["traceId"]);
        Text(request, "@sp").Should().MatchRegex("^[0-9a-f]{16}$");
        request.ToJsonString().Should().NotContain("planted");
    }

    [Fact]
    public async Task A_request_that_succeeds_has_no_code()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);

        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/groups", Token)).Is(200);

        var request = await EventAsync(
            shared.ControlPlane,
            e => Text(e, "RequestPath") == $"{tenant.Root}/groups"
        );
        request["Code"].Should().BeNull();
    }

    [Fact]
    public async Task An_event_about_AWS_has_its_request_id_and_the_calls_trace()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var role = app["executionRoleArn"]!.GetValue<string>();
        await shared.ControlPlane.Aws.RefuseAsync(role, Token);

        var answer = await tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        var refused = await EventAsync(
            shared.ControlPlane,
            e => e["EventId"]?["Id"]?.GetValue<int>() == 1301 && Text(e, "@tr") == answer["traceId"]
        );
        Guid.TryParse(Text(refused, "AwsRequestId"), out _).Should().BeTrue();
    }

    [Fact]
    public async Task A_broken_traceparent_is_none()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.TryAddWithoutValidation("traceparent", "|not-a-trace-parent.1.");

        using var response = await shared.ControlPlane.Anonymous().SendAsync(request, Token);

        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        problem["traceId"]!
            .GetValue<string>()
            .Should()
            .MatchRegex("^[0-9a-f]{32}$")
            .And.NotBe(new string('0', 32));
    }

    [Fact]
    public async Task Storage_that_denies_is_an_event_of_its_own_and_named_by_readiness()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        kms.Denies = true;
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Encryption:KeyFile"] = null,
                ["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId,
                ["AWS_ENDPOINT_URL_KMS"] = kms.Address.ToString(),
            }
        );

        var denied = await EventAsync(
            controlPlane,
            e => e["EventId"]?["Id"]?.GetValue<int>() == 1005
        );

        Text(denied, "@l").Should().Be("Error");
        Text(denied, "Reason").Should().Contain("kms:Decrypt");
        var ready = (await controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(503);
        ready.Json["dynamodb"]!["detail"]!.GetValue<string>().Should().Contain("kms:Decrypt");
        kms.Denies = false;
        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            Limit,
            Token
        );
        var metrics = await controlPlane.Anonymous().GetAnswerAsync("/metrics", Token);
        metrics
            .Text.Should()
            .MatchRegex(
                "buttonize_storage_errors_total\\{[^}]*code=\"AccessDeniedException\"[^}]*operation=\"Encrypt\""
            );
    }

    [Fact]
    public void Every_event_has_an_id_of_its_own_and_is_documented()
    {
        var events = typeof(App)
            .Assembly.GetTypes()
            .SelectMany(t =>
                t.GetMethods(
                    BindingFlags.Static
                        | BindingFlags.Instance
                        | BindingFlags.Public
                        | BindingFlags.NonPublic
                        | BindingFlags.DeclaredOnly
                )
            )
            .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(a => (Id: a.EventId, Level: $"{a.Level}".ToLowerInvariant()))
            .ToList();

        events.Should().HaveCountGreaterThan(15);
        events.Select(e => e.Id).Should().OnlyHaveUniqueItems();
        // 1100 is the request's, which no logger message makes.
        var documented = Documented();
        documented
            .Should()
            .BeEquivalentTo(
                events.Append((Id: 1100, Level: "information")),
                "the table of docs/observability.md is the list of events"
            );
        documented.Select(e => e.Id).Should().BeInAscendingOrder();
        var ranges = EventRange()
            .Matches(Document())
            .Select(m => int.Parse(m.Groups[1].Value, null))
            .ToList();
        events.Should().OnlyContain(e => ranges.Contains(e.Id / 100));
    }

    private static List<(int Id, string Level)> Documented() =>
        [
            .. EventRow()
                .Matches(Document())
                .Select(m => (int.Parse(m.Groups[1].Value, null), m.Groups[2].Value)),
        ];

    private static string Document() =>
        File.ReadAllText(Path.Join(Repository.Root, "docs", "observability.md"));

    private static async Task<JsonObject> EventAsync(
        ControlPlane controlPlane,
        Func<JsonObject, bool> wanted
    ) =>
        (
            await Eventually.HoldsAsync(
                () =>
                    Task.FromResult(
                        controlPlane
                            .Watch.Log.Select(line => JsonNode.Parse(line)!.AsObject())
                            .Where(wanted)
                            .ToList()
                    ),
                found => found.Count > 0,
                Limit,
                Token
            )
        ).First();

    private static string? Text(JsonObject line, string member) => line[member]?.GetValue<string>();

    private static int Number(JsonObject line, string member) => line[member]!.GetValue<int>();

    [GeneratedRegex(@"^\| (1[0-9]{3}) \| ([a-z]+) \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();

    [GeneratedRegex(@"`(1[0-9])xx`")]
    private static partial Regex EventRange();
}
