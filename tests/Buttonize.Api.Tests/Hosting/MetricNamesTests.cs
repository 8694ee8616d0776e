using System.Text.RegularExpressions;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>What alerts, dashboard and documentation say of metrics is true of a control plane that has seen a little of everything.</summary>
public sealed partial class MetricNamesTests(Services services)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_that_is_asked_for_is_there_and_every_own_one_is_documented()
    {
        var asked = Metric()
            .Matches(await ReadAsync("deploy/prometheus/alerts.yaml"))
            .Concat(Metric().Matches(await ReadAsync("deploy/grafana/dashboard.json")))
            .Select(m => m.Value)
            .Distinct()
            .ToList();
        await using var wire = new TcpProxy(services.DynamoDb);
        await using var controlPlane = Start(wire);

        await SeeALittleOfEverythingAsync(controlPlane, wire);

        asked.Should().HaveCountGreaterThan(12);
        var metrics = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                metrics = (await controlPlane.Anonymous().GetAnswerAsync("/metrics", Token)).Text;
                return string.Join(' ', asked.Where(name => !Has(metrics, name)));
            },
            missing => missing.Length == 0,
            Limit,
            Token
        );
        metrics
            .Should()
            .Contain(
                "http_route=\"/v1/organizations/{organizationId:id}/apps/{appId:id}/credentials/\"",
                "the alerts look for it"
            )
            .And.Contain("http_route=\"/health/ready\"");
        var documented = await ReadAsync("docs/observability.md");
        var own = OwnMetric().Matches(metrics).Select(m => m.Groups[1].Value).ToList();
        own.Should().HaveCountGreaterThan(8);
        foreach (var name in own)
        {
            documented.Should().Contain($"`{name}`");
        }
    }

    [Fact]
    public async Task The_outcomes_that_alerts_count_as_failures_are_codes_of_the_API()
    {
        var problems = await ReadAsync("src/Buttonize.Api/Hosting/Problems.cs");
        var outcomes = Outcomes()
            .Matches(await ReadAsync("deploy/prometheus/alerts.yaml"))
            .SelectMany(m => m.Groups[1].Value.Split('|'))
            .Distinct()
            .ToList();

        outcomes.Should().HaveCountGreaterThan(4);
        foreach (var outcome in outcomes)
        {
            problems.Should().Contain($"\"{outcome}\"");
        }
    }

    private ControlPlane Start(TcpProxy wire) =>
        ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString(),
                ["Buttonize:Limits:OrganizationsPerUser"] = "1",
            }
        );

    /// <summary>A session, a refusal by a role, by a limit and by storage.</summary>
    private static async Task SeeALittleOfEverythingAsync(ControlPlane controlPlane, TcpProxy wire)
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var call = $"{tenant.Root}/apps/{app["appId"]}/credentials";
        (await tenant.Owner.CallAsync(HttpMethod.Post, call, null, Token)).Is(200);
        var another = await tenant.RegisterAsync(Token);
        await controlPlane.Aws.RefuseAsync(another["executionRoleArn"]!.GetValue<string>(), Token);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{another["appId"]}/credentials",
                null,
                Token
            )
        ).Is(409);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                "/v1/organizations",
                new { name = "One more" },
                Token
            )
        ).Is(429);
        wire.Fault = TcpFault.Reset;
        (await tenant.Owner.CallAsync(HttpMethod.Post, call, null, Token)).Is(503);
        wire.Fault = TcpFault.None;
        await controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token);
    }

    private static bool Has(string metrics, string name) =>
        Regex.IsMatch(metrics, $@"^(# TYPE )?{name}[ {{]", RegexOptions.Multiline);

    private static Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(Path.Join(Repository.Root, file), Token);

    [GeneratedRegex(@"\b(buttonize|http_server|kestrel|dotnet)_[a-z0-9_]+\b")]
    private static partial Regex Metric();

    [GeneratedRegex("^# TYPE (buttonize_[a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex OwnMetric();

    [GeneratedRegex("outcome=~?\"([a-z_|]+)\"")]
    private static partial Regex Outcomes();
}
