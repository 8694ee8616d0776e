namespace Buttonize.Api.Limits;

/// <summary>
/// What AWS STS lets pass, as learned from it: while it throttles, little more is asked of it than it has just answered, for somebody else may
/// be using the account's quota as well. Asking on at full rate would only keep it throttled. Of this instance's own calls; each learns by itself.
/// </summary>
/// <param name="most">The configured limit, in calls a second: nothing is learned beyond it.</param>
/// <param name="time">The clock.</param>
internal sealed class AdaptiveRate(int most, TimeProvider time)
{
    /// <summary>How much more is asked than was answered, so that more is got as soon as there is more.</summary>
    private const double Growth = 1.2;

    /// <summary>Asked even where nothing was answered, so that it is noticed when STS is well again.</summary>
    private const int Trials = 10;

    /// <summary>How long after the last throttled call nothing is held back any more.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly SlidingWindow asked = new(most, Second, time);
    private readonly SlidingWindow answered = new(most, Second, time);
    private long throttledAt = long.MinValue;

    /// <summary>The calls that may be made in a second now; null where STS throttles nothing.</summary>
    public int? Learned =>
        Interlocked.Read(ref throttledAt) is var at and not long.MinValue
        && time.GetElapsedTime(at) < Quiet
            ? Math.Min(most, (int)(answered.Count * Growth) + Trials)
            : null;

    /// <summary>How many calls were made in the last second.</summary>
    public int Asked => asked.Count;

    /// <summary>What <see cref="TryAsk"/> would answer, without a call being made.</summary>
    public TimeSpan? Wait() => asked.Wait(Learned ?? most);

    /// <summary>A call is to be made.</summary>
    /// <returns>Null where it may be; otherwise when to come back.</returns>
    public TimeSpan? TryAsk() => asked.TryUse(Learned ?? most);

    /// <summary>STS throttled a call.</summary>
    public void Throttled() => Interlocked.Exchange(ref throttledAt, time.GetTimestamp());

    /// <summary>STS answered a call, whatever it said.</summary>
    public void Answered() => answered.Note(1);
}
