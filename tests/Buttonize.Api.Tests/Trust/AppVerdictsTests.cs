using Buttonize.Api.Apps;
using Buttonize.Api.Trust;
using CsCheck;
using AppId = Buttonize.Api.Id<Buttonize.Api.Apps.App>;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// What holds of an app with its replacements, whatever the proofs of both find, in whatever order, at whatever time; of one role alone:
/// <see cref="VerificationRulesTests"/>.
/// </summary>
public sealed class AppVerdictsTests
{
    private const int Steps = 40;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private static readonly Suspension Suspended = new("An audit.", Start, UserId.New());

    private static readonly Gen<ProofVerdict> AnyVerdict = Gen.Int[0, 3]
        .Select(i => (ProofVerdict)i);

    /// <summary>From moments to weeks, most of them about as long as the pauses are.</summary>
    private static readonly Gen<TimeSpan> Pause = Gen.OneOf(
        Gen.Int[0, 120].Select(s => TimeSpan.FromSeconds(s)),
        Gen.Int[0, 90].Select(m => TimeSpan.FromMinutes(m)),
        Gen.Int[0, 72].Select(h => TimeSpan.FromHours(h))
    );

    private static readonly Gen<Step> AnyStep =
        from verdict in AnyVerdict
        from pause in Pause
        from kind in Gen.Int[0, 3]
        select new Step(verdict, pause, kind);

    /// <summary>An app from its registration on, with what happens to it.</summary>
    private static readonly Gen<(ProofVerdict First, Step[] Then)> Life = Gen.Select(
        AnyVerdict.Where(v => v != ProofVerdict.Open),
        AnyStep.Array[0, Steps]
    );

    /// <summary>What happens: own check, check of the replacement where there is one, or a new replacement.</summary>
    private sealed record Step(ProofVerdict Verdict, TimeSpan Pause, int Kind);

    /// <summary>One change of an app.</summary>
    private sealed record Change(
        App Before,
        App After,
        CheckTarget? Target,
        ProofVerdict Verdict,
        DateTimeOffset Now
    )
    {
        public bool IsOwnCheck => Target == CheckTarget.Own;

        public (Verification? Before, Verification? After) OfTarget =>
            IsOwnCheck
                ? (Before.Verification, After.Verification)
                : (Before.PendingReplacement?.Verification, After.PendingReplacement?.Verification);
    }

    [Fact]
    public void Nothing_is_verified_but_by_a_proof() =>
        Always(c =>
            c.After.Verification.Status != VerificationStatus.Verified
            || c.Verdict == ProofVerdict.Proven
            || c.Before.Verification.Status == VerificationStatus.Verified
        );

    [Fact]
    public void What_proves_nothing_changes_no_status() =>
        Always(c =>
            c.Verdict != ProofVerdict.Inconclusive
            || c.Target is null
            || c.OfTarget.Before?.Status == c.OfTarget.After?.Status
        );

    [Fact]
    public void An_open_role_has_failed() =>
        Always(c =>
            c.Verdict != ProofVerdict.Open
            || c.Target is null
            || c.OfTarget.After!.Status == VerificationStatus.Failed
        );

    [Fact]
    public void Waiting_ends_in_failure_by_a_refusal_after_ten_minutes_and_not_before() =>
        Always(c =>
            c.Target is null
            || c.OfTarget is not ({ Status: VerificationStatus.Pending } before, { } after)
            || c.Verdict is ProofVerdict.Open or ProofVerdict.Proven
            || after.Status
                == VerificationStatus.Failed
                == (c.Verdict == ProofVerdict.Refused && c.Now - before.Since >= TenMinutes)
        );

    [Fact]
    public void The_next_check_is_never_in_the_past() =>
        Always(c =>
            (c.Target is null || c.OfTarget.After?.NextCheckAt is not { } next || next > c.Now)
            && (
                c.Target is not null
                || c.After.PendingReplacement is not { } pending
                || pending.Verification.NextCheckAt > c.Now
            )
        );

    [Fact]
    public void What_waits_or_serves_is_always_checked_again() =>
        Always(c =>
            (
                c.After.Verification.NextCheckAt is not null
                || c.After is { HoldsRole: false, Verification.Status: VerificationStatus.Failed }
            )
            && c.After.PendingReplacement?.Verification
                is null
                    or { Status: VerificationStatus.Failed }
                    or { NextCheckAt: not null }
        );

    [Fact]
    public void What_was_verified_stays_its_organizations() =>
        Always(c =>
            (c.After.HoldsRole || !c.Before.HoldsRole)
            && (c.After.HoldsRole || c.After.Verification.Status != VerificationStatus.Verified)
        );

    [Fact]
    public void A_replacement_that_is_not_proven_leaves_what_serves_as_it_is() =>
        Always(c =>
            !c.Before.HoldsRole
            || c.IsOwnCheck
            || c.Verdict == ProofVerdict.Proven
            || (
                c.After.Definition == c.Before.Definition
                && c.After.SealedExternalId == c.Before.SealedExternalId
                && c.After.Verification == c.Before.Verification
            )
        );

    [Fact]
    public void A_proven_replacement_takes_all_of_the_place_at_once() =>
        Always(c =>
            c.IsOwnCheck
            || c.Verdict != ProofVerdict.Proven
            || (
                c.After is { PendingReplacement: null, HoldsRole: true }
                && c.After.Verification.Status == VerificationStatus.Verified
                && c.After.Verification.Since == c.Now
                && c.After.SealedExternalId != c.Before.SealedExternalId
            )
        );

    [Fact]
    public void Every_change_is_the_next_version_of_the_same_app_and_lifts_no_suspension() =>
        Always(c =>
            c.After.Version == c.Before.Version + 1
            && c.After.Id == c.Before.Id
            && c.After.Organization == c.Before.Organization
            && c.After.CreatedAt == c.Before.CreatedAt
            && c.After.Suspension == Suspended
        );

    [Fact]
    public void Three_refusals_in_a_row_warn_and_anything_proven_begins_anew() =>
        AnyVerdict
            .Where(v => v is not ProofVerdict.Open)
            .Array[0, 12]
            .Sample(verdicts =>
            {
                var (app, now, refusals) = (New(ProofVerdict.Proven), Start, 0);
                foreach (var verdict in verdicts)
                {
                    now = now.AddMinutes(15);
                    app = AppVerdicts.Checked(app, CheckTarget.Own, Proof(verdict), now);
                    refusals = verdict switch
                    {
                        ProofVerdict.Refused => refusals + 1,
                        ProofVerdict.Proven => 0,
                        _ => refusals,
                    };

                    var warned = AppWarnings.Of(app).Any(w => w.Code == "role_refuses");
                    warned.Should().Be(refusals >= 3);
                    app.Verification.Status.Should().Be(VerificationStatus.Verified);
                }
            });

    /// <summary>Holds of every change in every life of an app.</summary>
    private static void Always(Func<Change, bool> law) =>
        Life.Sample(life => Changes(life.First, life.Then).All(law));

    private static IEnumerable<Change> Changes(ProofVerdict first, Step[] steps)
    {
        var (app, now) = (New(first), Start);
        foreach (var step in steps)
        {
            now += step.Pause;
            var (before, found) = (app, Proof(step.Verdict));
            CheckTarget? target =
                step.Kind == 0 && step.Verdict != ProofVerdict.Open ? null
                : step.Kind == 1 && app.PendingReplacement is not null ? CheckTarget.Replacement
                : CheckTarget.Own;
            app = target is { } which
                ? AppVerdicts.Checked(before, which, found, now)
                : AppVerdicts.Replaced(before, Definition(), NewSecret(), found, now);
            yield return new Change(before, app, target, step.Verdict, now);
        }
    }

    private static App New(ProofVerdict first) =>
        new(
            AppId.New(),
            OrganizationId.New(),
            Definition(),
            NewSecret(),
            VerificationRules.First(Proof(first), Start),
            PendingReplacement: null,
            HoldsRole: first == ProofVerdict.Proven,
            Suspended,
            Start,
            Start,
            Version: 1
        );

    private static AppDefinition Definition() =>
        new(
            "Discount codes",
            "",
            "production",
            [],
            RoleArn.Parse(Tenant.NewRoleArn()),
            "eu-central-1",
            [],
            RestrictSessionToFunctions: false
        );

    private static byte[] NewSecret() => [1];

    private static ProofResult Proof(ProofVerdict verdict) =>
        new(
            verdict,
            [new VerificationCheck(ProofReport.Assume, verdict == ProofVerdict.Proven, "")],
            []
        );
}
