using Buttonize.Api.Apps;
using Buttonize.Api.Trust;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Trust;

/// <summary>What follows from a proof, over long random histories: the laws that hold whatever AWS says in whatever order.</summary>
public sealed class VerificationRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<ProofVerdict> Verdicts = Gen.Enum<ProofVerdict>();

    /// <summary>What AWS says, and how long after the time before.</summary>
    private static readonly Gen<(ProofVerdict Verdict, TimeSpan After)[]> Histories = Gen.Select(
        Verdicts,
        Gen.OneOf(Gen.Int[1, 90], Gen.Int[300, 1200], Gen.Int[3600, 100_000])
            .Select(seconds => TimeSpan.FromSeconds(seconds))
    ).Array[1, 40];

    private static readonly App New = new(
        AppId.New(),
        OrganizationId.New(),
        DefinitionOf("Old"),
        [1],
        VerificationRules.First(Found(ProofVerdict.Refused), Start),
        PendingReplacement: null,
        HoldsRole: false,
        Suspension: null,
        Start,
        Start,
        Version: 1
    );

    [Fact]
    public void A_role_is_verified_only_by_a_proof_and_only_refuted_by_AWSs_own_words() =>
        Walk(
            (before, verdict, after, now) =>
            {
                var (was, isNow) = (before.Verification, after.Verification);
                switch (verdict)
                {
                    case ProofVerdict.Proven:
                        isNow.Status.Should().Be(VerificationStatus.Verified);
                        break;
                    case ProofVerdict.Open:
                        isNow.Status.Should().Be(VerificationStatus.Failed);
                        break;
                    case ProofVerdict.Refused
                        when was.Status == VerificationStatus.Pending
                            && now - was.Since >= TimeSpan.FromMinutes(10):
                        isNow.Status.Should().Be(VerificationStatus.Failed);
                        break;
                    default:
                        isNow.Status.Should().Be(was.Status);
                        break;
                }
            }
        );

    [Fact]
    public void Whoever_holds_a_role_holds_it_whatever_is_found_later() =>
        Walk(
            (before, verdict, after, _) =>
                after.HoldsRole.Should().Be(before.HoldsRole || verdict == ProofVerdict.Proven)
        );

    [Fact]
    public void The_next_check_is_always_ahead_and_never_further_than_a_day_and_a_tenth() =>
        Walk(
            (_, _, after, now) =>
            {
                var next = after.Verification.NextCheckAt;
                if (next is null)
                {
                    after.HoldsRole.Should().BeFalse("a role that is held is checked for ever");
                    after.Verification.Status.Should().NotBe(VerificationStatus.Pending);
                    return;
                }

                next.Should().BeAfter(now).And.BeOnOrBefore(now + TimeSpan.FromHours(26.4));
            }
        );

    [Fact]
    public void What_AWS_does_not_decide_leaves_what_was_known() =>
        Walk(
            (before, verdict, after, _) =>
            {
                if (
                    verdict == ProofVerdict.Inconclusive
                    && before.Verification.Status != VerificationStatus.Pending
                )
                {
                    (after.Verification with { NextCheckAt = null })
                        .Should()
                        .Be(before.Verification with { NextCheckAt = null });
                }
            }
        );

    [Fact]
    public void Misses_count_refusals_in_a_row_of_a_role_that_is_used()
    {
        var refusals = 0;
        Walk(
            (before, verdict, after, _) =>
            {
                if (
                    ReferenceEquals(before, New)
                    || before.Verification.Status != VerificationStatus.Verified
                )
                {
                    refusals = 0;
                    return;
                }

                refusals = verdict switch
                {
                    ProofVerdict.Refused => refusals + 1,
                    ProofVerdict.Inconclusive => refusals,
                    _ => 0,
                };
                if (after.Verification.Status == VerificationStatus.Verified)
                {
                    after.Verification.Misses.Should().Be(refusals);
                }
            }
        );
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(59, 60)]
    [InlineData(60, 600)]
    [InlineData(599, 600)]
    [InlineData(600, 3600)]
    [InlineData(3599, 3600)]
    public void A_proven_role_is_checked_after_1_10_and_60_minutes(int checkedAt, int next)
    {
        var verified = VerificationRules.First(Found(ProofVerdict.Proven), Start);

        var again = VerificationRules.Next(
            verified,
            wasProven: true,
            Found(ProofVerdict.Proven),
            Start.AddSeconds(checkedAt)
        );

        again.NextCheckAt.Should().Be(Start.AddSeconds(next));
    }

    [Fact]
    public void Later_it_is_checked_about_daily_and_not_at_the_same_time_as_others()
    {
        var verified = VerificationRules.First(Found(ProofVerdict.Proven), Start);
        var now = Start.AddHours(1);

        var next = Enumerable
            .Range(0, 1000)
            .Select(_ =>
                VerificationRules
                    .Next(verified, wasProven: true, Found(ProofVerdict.Proven), now)
                    .NextCheckAt!.Value - now
            )
            .ToList();

        next.Should()
            .OnlyContain(pause =>
                pause >= TimeSpan.FromHours(21.6) && pause <= TimeSpan.FromHours(26.4)
            );
        (next.Max() - next.Min()).Should().BeGreaterThan(TimeSpan.FromHours(4));
    }

    [Fact]
    public void A_waiting_role_is_tried_about_fifteen_times_in_ten_minutes_and_at_their_end()
    {
        var (verification, tries) = (
            VerificationRules.First(Found(ProofVerdict.Refused), Start),
            1
        );
        DateTimeOffset at;
        do
        {
            at = verification.NextCheckAt!.Value;
            verification = VerificationRules.Next(
                verification,
                wasProven: false,
                Found(ProofVerdict.Refused),
                at
            );
            tries++;
        } while (verification.Status == VerificationStatus.Pending);

        at.Should().Be(Start.AddMinutes(10));
        tries.Should().BeInRange(10, 20);
        verification.Status.Should().Be(VerificationStatus.Failed);
    }

    [Fact]
    public void A_replacement_changes_what_serves_only_by_a_proof() =>
        Gen.Select(Verdicts.Array[1, 20], Verdicts)
            .Sample(
                (history, first) =>
                {
                    if (first == ProofVerdict.Open)
                    {
                        return;
                    }

                    var serving = AppVerdicts.Checked(
                        New,
                        CheckTarget.Own,
                        Found(ProofVerdict.Proven),
                        Start
                    );
                    var app = AppVerdicts.Replaced(
                        serving,
                        DefinitionOf("New"),
                        [2],
                        Found(first),
                        Start
                    );
                    foreach (var (verdict, minutes) in history.Select((v, i) => (v, i)))
                    {
                        if (app.PendingReplacement is null)
                        {
                            break;
                        }

                        app.Definition.Should().Be(serving.Definition);
                        app.SealedExternalId.Should().Equal(serving.SealedExternalId);
                        app.Verification.Should().Be(serving.Verification);
                        app = AppVerdicts.Checked(
                            app,
                            CheckTarget.Replacement,
                            Found(verdict),
                            Start.AddMinutes(minutes)
                        );
                    }

                    if (app.PendingReplacement is null)
                    {
                        app.Definition.Name.Should().Be("New");
                        app.SealedExternalId.Should().Equal(2);
                        app.Verification.Status.Should().Be(VerificationStatus.Verified);
                        app.HoldsRole.Should().BeTrue();
                    }
                }
            );

    [Fact]
    public void A_version_is_never_used_twice() =>
        Walk((before, _, after, _) => after.Version.Should().Be(before.Version + 1));

    private static void Walk(Action<App, ProofVerdict, App, DateTimeOffset> law) =>
        Histories.Sample(
            history =>
            {
                var (app, now) = (New, Start);
                foreach (var (verdict, after) in history)
                {
                    now += after;
                    var next = AppVerdicts.Checked(app, CheckTarget.Own, Found(verdict), now);
                    law(app, verdict, next, now);
                    app = next;
                }
            },
            threads: 1
        );

    private static ProofResult Found(ProofVerdict verdict) => new(verdict, [], []);

    private static AppDefinition DefinitionOf(string name) =>
        new(
            name,
            "",
            "production",
            [],
            RoleArn.Parse($"arn:aws:iam::123456789012:role/{name}"),
            "eu-central-1",
            [],
            RestrictSessionToFunctions: false
        );
}
