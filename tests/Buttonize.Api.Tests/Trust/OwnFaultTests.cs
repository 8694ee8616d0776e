using System.Text.Json.Nodes;
using Buttonize.Api.Trust;
using CsCheck;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Trust;

/// <summary>When nearly all roles refuse at once, it is the control plane that is refused: no customer is warned for that.</summary>
public sealed class OwnFaultTests(Services services) : TrustLabTests(services)
{
    private const int Apps = 8;

    [Fact]
    public async Task When_more_than_half_refuse_the_run_stops_and_warns_nobody()
    {
        var roles = new List<string>();
        for (var i = 0; i < Apps; i++)
        {
            var app = await tenant.RegisterAsync(Token);
            roles.Add(app["executionRoleArn"]!.GetValue<string>());
        }

        foreach (var role in roles)
        {
            lab.Sts.Answer(role, _ => new StsReply.Fault("AccessDenied", 403));
        }

        for (var run = 1; run <= 4; run++)
        {
            lab.Clock.Advance(TimeSpan.FromMinutes(11));
            await Eventually.HoldsAsync(
                () => Task.FromResult(Suspicions()),
                count => count >= run,
                TrustCalls.Limit,
                Token
            );
        }

        (await AppsAsync())
            .Should()
            .OnlyContain(app =>
                app.Status() == "verified" && app["warnings"]!.AsArray().Count == 0
            );

        foreach (var role in roles)
        {
            lab.Sts.PassOn(role);
        }

        var mended = lab.Clock.GetUtcNow();
        lab.Clock.Advance(TimeSpan.FromMinutes(11));
        await Eventually.HoldsAsync(
            AppsAsync,
            apps =>
                apps.All(app =>
                    app["verification"]!["checkedAt"]!.GetValue<DateTimeOffset>() > mended
                ),
            TrustCalls.Limit,
            Token
        );
        (await AppsAsync()).Should().OnlyContain(app => app.Status() == "verified");
    }

    [Fact]
    public void One_tenant_whose_roles_all_refuse_stops_nobody_elses_checks()
    {
        var tally = new RefusalTally();
        var (bad, others) = (
            OrganizationId.New(),
            new[] { OrganizationId.New(), OrganizationId.New() }
        );
        foreach (var other in others)
        {
            tally.Note(other, ProofVerdict.Proven);
        }

        for (var i = 0; i < RefusalTally.Most - others.Length; i++)
        {
            tally.Note(bad, ProofVerdict.Refused).IsSuspicious.Should().BeFalse();
        }
    }

    [Fact]
    public void Only_a_refusal_is_suspicious_and_only_where_more_than_half_are_refused() =>
        Gen.Select(Gen.Int[0, 3], Gen.Enum<ProofVerdict>())
            .Array[1, 120]
            .Sample(history =>
            {
                OrganizationId[] organizations =
                [
                    .. Enumerable.Range(0, 4).Select(_ => OrganizationId.New()),
                ];
                var tally = new RefusalTally();
                var decided = new List<bool>();
                foreach (var (organization, verdict) in history)
                {
                    if (verdict != ProofVerdict.Inconclusive)
                    {
                        decided.Add(verdict == ProofVerdict.Refused);
                    }

                    var window = decided.TakeLast(RefusalTally.Most).ToList();
                    var noted = tally.Note(organizations[organization], verdict);

                    noted.Checked.Should().Be(window.Count);
                    noted.Refused.Should().Be(window.Count(refused => refused));
                    if (noted.IsSuspicious)
                    {
                        verdict.Should().Be(ProofVerdict.Refused);
                        noted.Checked.Should().BeGreaterThanOrEqualTo(RefusalTally.Least);
                        (2 * noted.Refused).Should().BeGreaterThan(noted.Checked);
                    }
                }
            });

    private int Suspicions() =>
        lab.ControlPlane.Watch.Log.Count(line =>
            line.Contains("The fault is probably the control plane's own", StringComparison.Ordinal)
        );

    private async Task<List<JsonObject>> AppsAsync() =>
        [
            .. (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200).Json["items"]!
                .AsArray()
                .Select(app => app!.AsObject()),
        ];
}
