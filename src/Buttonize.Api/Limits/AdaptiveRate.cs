namespace Buttonize.Api.Limits;

/// <summary>
/// How many calls a second AWS STS is asked at most: as configured, and fewer while STS throttles, for somebody else may be using the
/// account's quota as well. Halved at most once a second, from what was really asked; a fifth more each second after.
/// </summary>
/// <param name="most">The configured limit, in calls a second.</param>
/// <param name="time">The clock.</param>
internal sealed class AdaptiveRate(int most, TimeProvider time)
{
    /// <summary>Never less, so that it is noticed when STS is well again.</summary>
    private const int Least = 5;

    private const double GrowthPerSecond = 1.2;
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private double level = most;
    private long? throttledAt;

    /// <summary>The calls that are allowed in a second now.</summary>
    public int Current
    {
        get
        {
            lock (gate)
            {
                return (int)Level();
            }
        }
    }

    /// <summary>STS throttled a call.</summary>
    /// <param name="asked">How many calls it got in the last second.</param>
    public void Throttled(int asked)
    {
        lock (gate)
        {
            if (throttledAt is { } last && time.GetElapsedTime(last) < Hold)
            {
                return;
            }

            level = Math.Max(Math.Min(Least, most), Math.Min(Level(), asked) / 2);
            throttledAt = time.GetTimestamp();
        }
    }

    private double Level()
    {
        if (throttledAt is not { } last)
        {
            return level;
        }

        var quiet = time.GetElapsedTime(last) - Hold;
        return quiet <= TimeSpan.Zero
            ? level
            : Math.Min(most, level * Math.Pow(GrowthPerSecond, quiet.TotalSeconds));
    }
}
