using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>The alert rules and the dashboard, as Prometheus's own tool reads them.</summary>
public sealed partial class AlertTests : IDisposable
{
    private static readonly string Folder = Path.Join(Repository.Root, "deploy", "prometheus");

    private readonly string generated = Path.Join(
        Path.GetTempPath(),
        $"buttonize-dashboard-{Guid.NewGuid():N}.yaml"
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("check", "alerts.yaml")]
    [InlineData("test", "alerts.test.yaml")]
    public async Task The_rules_are_well_formed_and_fire_when_they_should(
        string command,
        string file
    ) => (await PromtoolAsync(command, Path.Join(Folder, file))).Should().Contain("SUCCESS");

    [Fact]
    public async Task Every_alert_is_seen_to_fire_and_has_a_runbook()
    {
        var rules = await File.ReadAllTextAsync(Path.Join(Folder, "alerts.yaml"), Token);
        var tests = await File.ReadAllTextAsync(Path.Join(Folder, "alerts.test.yaml"), Token);
        var book = await File.ReadAllTextAsync(
            Path.Join(Repository.Root, "docs", "operations.md"),
            Token
        );
        var alerts = Alert().Matches(rules).Select(m => m.Groups[1].Value).ToList();
        var anchors = Runbook().Matches(rules).Select(m => m.Groups[1].Value).ToList();

        alerts.Should().HaveCountGreaterThan(15).And.OnlyHaveUniqueItems();
        anchors.Should().HaveCount(alerts.Count);
        foreach (var alert in alerts)
        {
            tests.Should().Contain($"alertname=\"{alert}\"");
        }

        foreach (var anchor in anchors.Distinct())
        {
            book.Should().MatchRegex($"(?m)^#+ {anchor}$");
        }
    }

    [Fact]
    public async Task The_dashboard_asks_what_Prometheus_understands()
    {
        var dashboard = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Path.Join(Repository.Root, "deploy", "grafana", "dashboard.json"),
                Token
            )
        )!;
        var panels = dashboard["panels"]!
            .AsArray()
            .Where(p => p!["type"]!.GetValue<string>() != "row")
            .ToList();
        var expressions = panels
            .SelectMany(p => p!["targets"]!.AsArray())
            .Select(t => t!["expr"]!.GetValue<string>())
            .ToList();

        expressions
            .Should()
            .HaveCountGreaterThanOrEqualTo(panels.Count)
            .And.HaveCountGreaterThan(15);
        panels
            .Select(p => p!["datasource"]!["uid"]!.GetValue<string>())
            .Should()
            .AllBe("${datasource}", "every installation has another one");
        await File.WriteAllLinesAsync(
            generated,
            [
                "groups:",
                "  - name: dashboard",
                "    rules:",
                .. expressions.SelectMany(
                    (expression, i) =>
                        (string[])
                            [
                                $"      - record: panel:expression:{i}",
                                $"        expr: {JsonValue.Create(AsGrafanaSends(expression)).ToJsonString()}",
                            ]
                ),
            ],
            Token
        );
        (await PromtoolAsync("check", generated))
            .Should()
            .Contain($"SUCCESS: {expressions.Count} rules found");
    }

    public void Dispose() => File.Delete(generated);

    private static string AsGrafanaSends(string expression) =>
        expression
            .Replace("$__rate_interval", "2m", StringComparison.Ordinal)
            .Replace("$job", ".*", StringComparison.Ordinal)
            .Replace("$instance", ".*", StringComparison.Ordinal);

    /// <summary>Runs <c>promtool … rules</c>.</summary>
    /// <returns>What it says.</returns>
    private static async Task<string> PromtoolAsync(string command, string file)
    {
        if (Programs.Find("promtool") is not { } promtool)
        {
            Prerequisite.Missing("promtool is not on PATH (Debian: apt-get install prometheus).");
            return "";
        }

        using var process = Process.Start(
            new ProcessStartInfo(promtool, [command, "rules", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var errors = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        process.ExitCode.Should().Be(0, $"{await output}{await errors}");
        return await output;
    }

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"runbook_url: docs/operations\.md#([a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex Runbook();
}
