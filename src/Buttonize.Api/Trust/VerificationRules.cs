namespace Buttonize.Api.Trust;

/// <summary>How a role's verification follows from what a proof found: pure decisions, in this one place.</summary>
internal static class VerificationRules
{
    /// <summary>How long a role that refuses may still be unknown to IAM, which is eventually consistent.</summary>
    public static readonly TimeSpan PendingLimit = TimeSpan.FromMinutes(10);

    /// <summary>Refusals in a row after which the customer is warned: fewer can be IAM's delay, or a deployment under way.</summary>
    public const int RefusalsBeforeWarning = 3;

    /// <summary>
    /// When a proven role is checked again, counted from its proof: a new role can have refused the wrong External ID out of
    /// ignorance.
    /// </summary>
    private static readonly IReadOnlyList<TimeSpan> EarlyChecks =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(60),
    ];

    private static readonly TimeSpan Daily = TimeSpan.FromHours(24);
    private static readonly TimeSpan RetryMost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterNoAnswer = TimeSpan.FromMinutes(5);

    /// <summary>The verification that a new registration or replacement begins with.</summary>
    /// <param name="proof">What was found; an open role is refused before it comes to this.</param>
    /// <param name="now">The time.</param>
    public static Verification First(ProofResult proof, DateTimeOffset now) =>
        proof.Verdict == ProofVerdict.Proven
            ? Become(VerificationStatus.Verified, proof, now) with
            {
                NextCheckAt = NextCheck(now, now),
            }
            : Become(VerificationStatus.Pending, proof, now) with
            {
                Misses = 1,
                NextCheckAt = Retry(1, now, now),
            };

    /// <summary>What a further proof makes of a verification.</summary>
    /// <param name="current">What was known.</param>
    /// <param name="wasProven">Whether the role was ever proven for its holder.</param>
    /// <param name="proof">What was found.</param>
    /// <param name="now">The time.</param>
    public static Verification Next(
        Verification current,
        bool wasProven,
        ProofResult proof,
        DateTimeOffset now
    ) =>
        proof.Verdict switch
        {
            ProofVerdict.Proven => Proven(current, proof, now),
            ProofVerdict.Open => Open(current, wasProven, proof, now),
            _ when current.Status == VerificationStatus.Pending => Waiting(
                current,
                wasProven,
                proof,
                now
            ),
            ProofVerdict.Refused => Refused(current, wasProven, proof, now),
            // It proves nothing: what was known stays known.
            _ => current with { NextCheckAt = wasProven ? now + Spread(AfterNoAnswer) : null },
        };

    private static Verification Proven(Verification current, ProofResult proof, DateTimeOffset now)
    {
        var proven =
            current.Status == VerificationStatus.Verified
                ? Found(current, proof, now)
                : Become(VerificationStatus.Verified, proof, now);
        return proven with { Misses = 0, NextCheckAt = NextCheck(proven.Since, now) };
    }

    private static Verification Open(
        Verification current,
        bool wasProven,
        ProofResult proof,
        DateTimeOffset now
    )
    {
        var open =
            current.Status == VerificationStatus.Failed
                ? Found(current, proof, now)
                : Become(VerificationStatus.Failed, proof, now);
        return open with
        {
            Misses = 0,
            NextCheckAt = wasProven ? NextCheck(open.Since, now) : null,
        };
    }

    /// <summary>Only a refusal, in AWS's own words, ends the waiting; what has no answer goes on waiting for one.</summary>
    private static Verification Waiting(
        Verification current,
        bool wasProven,
        ProofResult proof,
        DateTimeOffset now
    )
    {
        var misses = current.Misses + 1;
        return proof.Verdict == ProofVerdict.Refused && now - current.Since >= PendingLimit
            ? Become(VerificationStatus.Failed, proof, now) with
            {
                NextCheckAt = wasProven ? now + Spread(Daily) : null,
            }
            : Found(current, proof, now) with
            {
                Misses = misses,
                NextCheckAt = Retry(misses, current.Since, now),
            };
    }

    private static Verification Refused(
        Verification current,
        bool wasProven,
        ProofResult proof,
        DateTimeOffset now
    )
    {
        var misses = current.Misses + 1;
        return Found(current, proof, now) with
        {
            Misses = misses,
            NextCheckAt =
                !wasProven ? null
                : misses < RefusalsBeforeWarning ? now + Spread(AfterRefusal)
                : now + Spread(Daily),
        };
    }

    private static Verification Become(
        VerificationStatus status,
        ProofResult proof,
        DateTimeOffset now
    ) =>
        new(
            status,
            Since: now,
            CheckedAt: now,
            proof.Checks,
            proof.MissingActions,
            Misses: 0,
            proof.PackedPolicyPercent,
            NextCheckAt: null
        );

    private static Verification Found(
        Verification current,
        ProofResult proof,
        DateTimeOffset now
    ) =>
        current with
        {
            CheckedAt = now,
            Checks = proof.Checks,
            MissingActions = proof.MissingActions,
            PackedPolicyPercent = proof.PackedPolicyPercent ?? current.PackedPolicyPercent,
        };

    private static DateTimeOffset NextCheck(DateTimeOffset since, DateTimeOffset now) =>
        EarlyChecks.Select(after => since + after).FirstOrDefault(at => at > now) is var early
        && early != default
            ? early
            : now + Spread(Daily);

    /// <summary>1, 2, 4 … 60 s after the try before; the last one when the waiting ends.</summary>
    private static DateTimeOffset Retry(int misses, DateTimeOffset since, DateTimeOffset now)
    {
        var end = since + PendingLimit;
        var pause = TimeSpan.FromSeconds(1 << Math.Min(misses - 1, 10));
        var next = now + Spread(pause < RetryMost ? pause : RetryMost);
        return next < end ? next
            : now < end ? end
            : now + Spread(PendingLimit);
    }

    /// <summary>Up to a tenth more or less, so that what began together does not stay together.</summary>
    private static TimeSpan Spread(TimeSpan pause) =>
        pause * (0.9 + (0.2 * Random.Shared.NextDouble()));
}
