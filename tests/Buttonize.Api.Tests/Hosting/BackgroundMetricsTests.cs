using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>Work that nobody waits for says when it last went through, and how much waits for it.</summary>
public sealed partial class BackgroundMetricsTests(Services services)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_kind_of_work_says_when_it_last_went_through()
    {
        await using var controlPlane = ControlPlane.Start(services);

        foreach (
            var work in (string[])["verification_lease", "checks_first", "checks_again", "sweeper"]
        )
        {
            var at = await ValueAsync(
                controlPlane,
                "buttonize_background_last_success_timestamp_seconds",
                $"work=\"{work}\"",
                found => found is not null
            );
            DateTimeOffset
                .FromUnixTimeSeconds((long)at!.Value)
                .Should()
                .BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task How_long_the_oldest_check_has_waited_shows_while_it_waits()
    {
        var clock = new ShiftedClock();
        await using var wire = new TcpProxy(services.Aws);
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_STS"] = wire.Address.ToString() },
            s => s.AddSingleton<TimeProvider>(clock)
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        await tenant.RegisterAsync(Token);
        await OldestAsync(controlPlane, "again", oldest => oldest == 0);

        // It was due long ago, and STS keeps its check from being done at once.
        wire.Fault = TcpFault.Silent;
        clock.Advance(TimeSpan.FromDays(3));

        await OldestAsync(controlPlane, "again", oldest => oldest > 3600);
        wire.Fault = TcpFault.None;
        await OldestAsync(controlPlane, "again", oldest => oldest == 0);
    }

    [Fact]
    public async Task Only_who_does_the_checks_says_how_many_wait()
    {
        await using var first = ControlPlane.Start(services);
        await OldestAsync(first, "first", oldest => oldest is not null);
        await using var second = ControlPlane.Start(services, first.SharedSettings());

        await ValueAsync(
            second,
            "buttonize_background_last_success_timestamp_seconds",
            "work=\"sweeper\"",
            found => found is not null
        );

        var metrics = (await second.Anonymous().GetAnswerAsync("/metrics", Token)).Is(200).Text;
        metrics.Should().NotContain("buttonize_checks_oldest_due_seconds{");
    }

    private static Task<double?> OldestAsync(
        ControlPlane controlPlane,
        string queue,
        Func<double?, bool> condition
    ) =>
        ValueAsync(
            controlPlane,
            "buttonize_checks_oldest_due_seconds",
            $"queue=\"{queue}\"",
            condition
        );

    private static Task<double?> ValueAsync(
        ControlPlane controlPlane,
        string name,
        string label,
        Func<double?, bool> condition
    ) =>
        Eventually.HoldsAsync(
            async () =>
            {
                var answer = await controlPlane.Anonymous().GetAnswerAsync("/metrics", Token);
                return Sample()
                    .Matches(answer.Is(200).Text)
                    .Where(m =>
                        m.Groups["name"].Value == name
                        && m.Groups["labels"].Value.Contains(label, StringComparison.Ordinal)
                    )
                    .Select(m =>
                        (double?)double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture)
                    )
                    .FirstOrDefault();
            },
            condition,
            Limit,
            Token
        );

    [GeneratedRegex(
        @"^(?<name>[a-z_]+)\{(?<labels>[^}]*)\} (?<value>[0-9.E+-]+)",
        RegexOptions.Multiline
    )]
    private static partial Regex Sample();
}
