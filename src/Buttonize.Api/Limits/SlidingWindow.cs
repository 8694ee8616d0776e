namespace Buttonize.Api.Limits;

/// <summary>
/// The uses of one thing in the last <paramref name="length"/>: never more than the limit in any such time, wherever it begins. A fixed window
/// would let twice the limit pass around its edge, a bucket of tokens twice the limit in its first window.
/// </summary>
/// <param name="most">The most uses that are ever remembered: the highest limit that is asked for.</param>
/// <param name="length">How long a use counts.</param>
/// <param name="time">The clock; its timestamps, which no change of the wall clock moves.</param>
internal sealed class SlidingWindow(int most, TimeSpan length, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Queue<long> uses = new();

    /// <summary>How many uses count now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                Forget();
                return uses.Count;
            }
        }
    }

    /// <summary>Uses it once, if the limit allows.</summary>
    /// <returns>Null where it does; otherwise after what time one of the uses that are in the way does not count any more.</returns>
    public TimeSpan? TryUse(int limit)
    {
        lock (gate)
        {
            if (WaitFor(limit) is { } wait)
            {
                return wait;
            }

            uses.Enqueue(time.GetTimestamp());
            return null;
        }
    }

    /// <summary>What <see cref="TryUse"/> would answer, without using it.</summary>
    public TimeSpan? Wait(int limit)
    {
        lock (gate)
        {
            return WaitFor(limit);
        }
    }

    /// <summary>Counts uses that were made elsewhere, whatever the limit; of more than can be remembered, the newest.</summary>
    public void Note(int count)
    {
        lock (gate)
        {
            Forget();
            var now = time.GetTimestamp();
            for (var use = 0; use < Math.Min(count, most); use++)
            {
                if (uses.Count == most)
                {
                    uses.Dequeue();
                }

                uses.Enqueue(now);
            }
        }
    }

    private TimeSpan? WaitFor(int limit)
    {
        Forget();
        return uses.Count < limit ? null
            : limit <= 0 ? length
            : length - time.GetElapsedTime(uses.ElementAt(uses.Count - limit));
    }

    private void Forget()
    {
        while (uses.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= length)
        {
            uses.Dequeue();
        }
    }
}
