using Buttonize.Api.Trust;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Trust;

/// <summary>What makes refusals suspicious, and whom that must not hold up.</summary>
public sealed class OwnFaultTests(Services services) : TrustLabTests(services)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Who_waits_for_a_first_proof_is_not_kept_waiting_by_others_refusals()
    {
        var other = await Tenant.CreateAsync(lab.ControlPlane, Token);
        for (var i = 0; i < RefusalTally.Least + 1; i++)
        {
            var app = await tenant.RegisterAsync(Token);
            var next = Tenant.Registration(
                Tenant.NewRoleArn(),
                await tenant.NewExternalIdAsync(Token)
            );
            (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200);
            await lab.Aws.RefuseAsync(app.Role(), Token);
        }

        lab.Clock.Advance(TimeSpan.FromSeconds(62));
        var body = Tenant.Registration(Tenant.NewRoleArn(), await other.NewExternalIdAsync(Token));
        var waiting = (await other.RegisterAnswerAsync(body)).Is(201).Json;
        await lab.Aws.TrustAsync(body.Role(), body["externalId"]!.GetValue<string>(), Token);

        await other.BecomesAsync(waiting.Id(), "verified");
    }

    [Fact]
    public void One_tenant_whose_roles_all_refuse_makes_nobody_suspicious()
    {
        var tally = new RefusalTally();
        var (bad, others) = (
            OrganizationId.New(),
            new[] { OrganizationId.New(), OrganizationId.New() }
        );
        foreach (var other in others)
        {
            tally.Note(other, AppId.New(), ProofVerdict.Proven, Start);
        }

        for (var i = 0; i < RefusalTally.Most - others.Length; i++)
        {
            tally
                .Note(bad, AppId.New(), ProofVerdict.Refused, Start)
                .IsSuspicious.Should()
                .BeFalse();
        }
    }

    [Fact]
    public void A_refusal_is_believed_after_an_hour_of_suspicion()
    {
        var tally = new RefusalTally();
        var organization = OrganizationId.New();
        AppId[] apps = [.. Enumerable.Range(0, RefusalTally.Least).Select(_ => AppId.New())];
        foreach (var app in apps)
        {
            tally.Note(organization, app, ProofVerdict.Refused, Start);
        }

        var withheld = Enumerable
            .Range(1, RefusalTally.MostWithheld + 3)
            .TakeWhile(i =>
                tally
                    .Note(
                        organization,
                        apps[0],
                        ProofVerdict.Refused,
                        Start + TimeSpan.FromSeconds(i)
                    )
                    .IsSuspicious
            )
            .Count();

        withheld.Should().Be(RefusalTally.MostWithheld);
    }

    [Fact]
    public void Only_a_refusal_is_suspicious_and_only_where_more_than_half_of_the_apps_refuse() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 80], Gen.Enum<ProofVerdict>())
            .Array[1, 120]
            .Sample(history =>
            {
                OrganizationId[] organizations =
                [
                    .. Enumerable.Range(0, 4).Select(_ => OrganizationId.New()),
                ];
                AppId[] apps = [.. Enumerable.Range(0, 81).Select(_ => AppId.New())];
                var tally = new RefusalTally();
                foreach (var (organization, app, verdict) in history)
                {
                    var (isSuspicious, refused, all) = tally.Note(
                        organizations[organization],
                        apps[app],
                        verdict,
                        Start
                    );

                    all.Should().BeInRange(0, RefusalTally.Most);
                    refused.Should().BeInRange(0, all);
                    if (isSuspicious)
                    {
                        verdict.Should().Be(ProofVerdict.Refused);
                        all.Should().BeGreaterThanOrEqualTo(RefusalTally.Least);
                        (2 * refused).Should().BeGreaterThan(all);
                    }
                }
            });
}
