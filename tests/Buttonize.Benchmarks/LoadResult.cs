using System.Diagnostics;

namespace Buttonize.Benchmarks;

/// <summary>How a load was borne.</summary>
/// <param name="Latencies">Of every answered request, sorted, in ticks of the stopwatch.</param>
/// <param name="Refused">Answers whose status was not 200.</param>
internal sealed record LoadResult(IReadOnlyList<long> Latencies, int Refused, TimeSpan Elapsed)
{
    public int Count => Latencies.Count;

    public double PerSecond => Count / Elapsed.TotalSeconds;

    /// <param name="share">0–1, such as 0.99.</param>
    public double Milliseconds(double share) =>
        Stopwatch
            .GetElapsedTime(0, Latencies[Math.Min(Count - 1, (int)(Count * share))])
            .TotalMilliseconds;
}
