using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Limits;

/// <summary>
/// Who may ask AWS STS how often. The account that calls pays for cross-account calls (600 a second and Region; IAM and STS quotas), so one noisy
/// tenant could starve all others: each has a limit of its own, and where calls are scarce nobody gets more than a fair share.
/// </summary>
internal sealed class StsBudget
{
    /// <summary>The limit of the process, and what the other instances are told of this one as a whole.</summary>
    public const string Process = "process";

    /// <summary>The limit that STS itself set, by throttling.</summary>
    public const string Learned = "sts";

    /// <summary>A proof has four calls where all is well, and three seconds.</summary>
    private const int LeastForProofs = 4;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>How long the number of tenants that share what is scarce is believed.</summary>
    private static readonly TimeSpan Recount = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider time;
    private readonly ButtonizeMetrics metrics;
    private readonly int perProcess;
    private readonly SlidingWindow proofs;
    private readonly SlidingWindow process;
    private readonly AdaptiveRate rate;
    private long countedAt;
    private int sharers = 1;
    private int unpublished;

    public StsBudget(
        IOptions<ButtonizeOptions> options,
        ButtonizeMetrics metrics,
        TimeProvider time
    )
    {
        var limits = options.Value.Limits;
        (this.metrics, this.time, perProcess) = (metrics, time, limits.AssumeRolePerSecond);
        People = new Usage(
            "user",
            limits.CredentialsPerUserPerMinute,
            TimeSpan.FromMinutes(1),
            time
        );
        Organizations = new Usage(
            "organization",
            limits.AssumeRolePerOrganizationPerSecond,
            Second,
            time
        );
        process = new SlidingWindow(perProcess, Second, time);
        proofs = new SlidingWindow(perProcess, Second, time);
        rate = new AdaptiveRate(perProcess, time);
    }

    private int Allowed => rate.Learned ?? perProcess;

    /// <summary>New sessions by person.</summary>
    public Usage People { get; }

    /// <summary>Calls for sessions by organization.</summary>
    public Usage Organizations { get; }

    /// <summary>STS is to be asked for a new session of a person in an organization.</summary>
    /// <returns>Null where it may be; otherwise nothing was used.</returns>
    public LimitReached? TryIssue(UserId user, OrganizationId organization) =>
        Counted(People.Reached(user.Value) ?? TryUse(organization) ?? People.TryUse(user.Value));

    /// <summary>STS is to be asked once more for the same session.</summary>
    /// <returns>Null where it may be.</returns>
    public LimitReached? TryAgain(OrganizationId organization) => TryUse(organization);

    /// <summary>
    /// Waits until STS may be asked once for a proof. Proofs get a fifth of the calls, so that no number of registrations keeps people from
    /// their sessions; a proof of seven calls takes its time where that is little.
    /// </summary>
    /// <exception cref="OperationCanceledException">The proof's time is up.</exception>
    public async Task WaitForProofAsync(CancellationToken cancellationToken)
    {
        while (TryProof() is { } wait)
        {
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>STS answered a call, or throttled it; a call without an answer tells nothing.</summary>
    public void Note(bool throttled)
    {
        if (throttled)
        {
            rate.Throttled();
        }
        else
        {
            rate.Answered();
        }
    }

    /// <summary>Counts what the other instances asked of STS, whose quota all share.</summary>
    public void NoteElsewhere(int calls) => process.Note(calls);

    /// <summary>What this instance asked of STS since this was asked last.</summary>
    public int TakeUnpublished() => Interlocked.Exchange(ref unpublished, 0);

    private TimeSpan? TryProof() =>
        process.Wait(perProcess)
        ?? rate.Wait()
        ?? proofs.TryUse(Math.Max(Math.Min(LeastForProofs, perProcess), Allowed / 5))
        ?? TryProcess()?.RetryAfter;

    private LimitReached? TryUse(OrganizationId organization)
    {
        // Whoever gets nothing has a share all the same: else those who have everything would keep it.
        Organizations.Want(organization.Value);
        return Organizations.Reached(organization.Value)
            ?? BeyondShare(organization)
            ?? TryProcess()
            ?? Organizations.TryUse(organization.Value);
    }

    private LimitReached? TryProcess()
    {
        if (process.Wait(perProcess) is { } wait)
        {
            return new LimitReached(Process, wait);
        }

        if (rate.TryAsk() is { } throttled)
        {
            return new LimitReached(rate.Learned is null ? Process : Learned, throttled);
        }

        process.Note(1);
        Interlocked.Increment(ref unpublished);
        return null;
    }

    /// <summary>Where half of the calls are used, an organization that has its share of them already waits for the others.</summary>
    private LimitReached? BeyondShare(OrganizationId organization)
    {
        var used = rate.Learned is null ? process.Count : rate.Asked;
        if (used * 2 < Allowed)
        {
            return null;
        }

        var own = Organizations.CountOf(organization.Value);
        return own > 0 && own >= Allowed / Sharers()
            ? new LimitReached(Organizations.Name, Second)
            : null;
    }

    private int Sharers()
    {
        var last = Interlocked.Read(ref countedAt);
        if (
            time.GetElapsedTime(last) >= Recount
            && Interlocked.CompareExchange(ref countedAt, time.GetTimestamp(), last) == last
        )
        {
            Volatile.Write(ref sharers, Math.Max(1, Organizations.Active()));
        }

        return Volatile.Read(ref sharers);
    }

    private LimitReached? Counted(LimitReached? reached)
    {
        if (reached is not null)
        {
            metrics.RateLimited(reached);
        }

        return reached;
    }
}
