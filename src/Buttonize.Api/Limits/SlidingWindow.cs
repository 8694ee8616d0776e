namespace Buttonize.Api.Limits;

/// <summary>
/// The uses of one thing in the last <paramref name="length"/>: never more than the limit in any such time, wherever it begins. A fixed window
/// would let twice the limit pass around its edge, a bucket of tokens twice the limit in its first window.
/// </summary>
/// <param name="most">The highest limit that is asked for.</param>
/// <param name="length">How long a use counts.</param>
/// <param name="time">The clock; its timestamps, which no change of the wall clock moves.</param>
internal sealed class SlidingWindow(int most, TimeSpan length, TimeProvider time)
{
    /// <summary>How many windows it takes at most until what was used elsewhere, beyond the limit, is paid off.</summary>
    private const int LongestDebt = 10;

    private readonly long ticks = (long)(length.TotalSeconds * time.TimestampFrequency);
    private readonly Lock gate = new();

    /// <summary>When each was, in their order; those before <see cref="first"/> are forgotten.</summary>
    private readonly List<long> uses = [];
    private int first;

    private int Remembered => uses.Count - first;

    /// <summary>How many uses count now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                Forget(time.GetTimestamp());
                return Math.Min(Remembered, most);
            }
        }
    }

    /// <summary>Uses it once, if the limit allows.</summary>
    /// <returns>Null where it does; otherwise after what time one of the uses that are in the way does not count any more.</returns>
    public TimeSpan? TryUse(int limit)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (WaitFor(limit, now) is { } wait)
            {
                return wait;
            }

            uses.Add(now);
            return null;
        }
    }

    /// <summary>What <see cref="TryUse"/> would answer, without using it.</summary>
    public TimeSpan? Wait(int limit)
    {
        lock (gate)
        {
            return WaitFor(limit, time.GetTimestamp());
        }
    }

    /// <summary>
    /// Counts uses that were made elsewhere, whatever the limit. Those beyond it count from when the limit would have allowed them: each of many
    /// instances that all let the limit pass at once would otherwise have forgotten the others' part of it a window later, and do so again.
    /// </summary>
    public void Note(int count)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            Forget(now);
            for (var use = 0; use < count && Remembered < most * LongestDebt; use++)
            {
                uses.Add(Remembered < most ? now : Math.Max(now, uses[^most] + ticks));
            }
        }
    }

    // One reading of the clock for both: what still counts then has time left, and nobody is told to wait for less than none.
    private TimeSpan? WaitFor(int limit, long now)
    {
        Forget(now);
        return Remembered < limit ? null
            : limit <= 0 ? length
            : length - time.GetElapsedTime(uses[^limit], now);
    }

    private void Forget(long now)
    {
        while (first < uses.Count && time.GetElapsedTime(uses[first], now) >= length)
        {
            first++;
        }

        // Seldom enough to cost nothing, often enough to stay small.
        if (first > Remembered)
        {
            uses.RemoveRange(0, first);
            first = 0;
        }
    }
}
