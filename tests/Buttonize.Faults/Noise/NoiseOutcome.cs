using System.Diagnostics;
using Buttonize.Faults.Load;

namespace Buttonize.Faults.Noise;

/// <summary>What a flood did to others.</summary>
/// <param name="noise">Who flooded.</param>
/// <param name="alone">The quiet ones' answers without it.</param>
/// <param name="beside">The quiet ones' answers beside it.</param>
/// <param name="flood">The answers to the flood.</param>
internal sealed class NoiseOutcome(
    NoiseKind noise,
    IReadOnlyList<Answer> alone,
    IReadOnlyList<Answer> beside,
    IReadOnlyList<Answer> flood
)
{
    private const string RateLimited = "rate_limited";

    /// <summary>
    /// How much slower the slowest of the quiet ones' answers may become, where that is slow at all. Clients, control planes and everything
    /// else share this machine's cores here, so some of it is the machine's.
    /// </summary>
    private const double MostRatio = 10;
    private const double SlowMilliseconds = 1000;

    /// <summary>Instances tell each other what they let pass a second late: two of them let pass twice a limit at most.</summary>
    private const double MostOverLimit = 2;

    public NoiseKind Kind => noise;

    public int Flood => flood.Count;

    public int Limited => flood.Count(a => a.Name == RateLimited);

    /// <summary>What the noisy one got, as a multiple of its limit for all the windows in which it asked.</summary>
    public double GrantedToLimit =>
        (double)flood.Count(a => a.Succeeded) / (noise.Limit * Windows().Distinct().Count());

    public int Quiet => beside.Count;

    public (double Alone, double Beside) Median => (Quantile(alone, 0.5), Quantile(beside, 0.5));

    public (double Alone, double Beside) Slow => (Quantile(alone, 0.99), Quantile(beside, 0.99));

    /// <summary>The quiet ones' p99 beside the noisy one to their p99 alone.</summary>
    public double Ratio => Slow.Beside / Slow.Alone;

    /// <summary>What is not as it has to be, a sentence each.</summary>
    public IReadOnlyList<string> Violations() =>
        [
            .. alone
                .Concat(beside)
                .Where(a => !a.Succeeded)
                .CountBy(a => a.Name)
                .Select(f => $"{f.Value} requests of quiet organizations: {f.Key}."),
            .. flood
                .Where(a => !a.Succeeded && a.Name != RateLimited)
                .CountBy(a => a.Name)
                .Select(f => $"{f.Value} requests of the noisy one: {f.Key}."),
            .. If(Limited == 0, "The noisy one was never limited."),
            .. If(
                flood.Any(a => a.Name == RateLimited && !a.Reply!.HasRetryAfter),
                "A 429 does not say when to come back."
            ),
            .. If(
                GrantedToLimit > MostOverLimit,
                $"The noisy one got {GrantedToLimit:F1} times its limit."
            ),
            .. If(
                Ratio > MostRatio && Slow.Beside > SlowMilliseconds,
                $"The quiet ones' p99 became {Ratio:F1} times as long."
            ),
        ];

    private IEnumerable<int> Windows()
    {
        var first = flood.Min(a => a.Due);
        return flood.Select(a => (int)(Stopwatch.GetElapsedTime(first, a.Due) / noise.Window));
    }

    private static IEnumerable<string> If(bool wrong, string what) => wrong ? [what] : [];

    /// <summary>In milliseconds.</summary>
    private static double Quantile(IReadOnlyList<Answer> answers, double share)
    {
        var sorted = answers.Select(a => a.Took.TotalMilliseconds).Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}
