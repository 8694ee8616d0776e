using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Buttonize.Benchmarks;

/// <summary>One phase's figures.</summary>
/// <param name="ProcessorMicroseconds">Of the server's core per request, user and system time.</param>
internal sealed record Measured(
    string Phase,
    int Requests,
    double PerSecond,
    double P50Milliseconds,
    double P99Milliseconds,
    double ProcessorMicroseconds
)
{
    public static Measured Of(string phase, LoadResult result, TimeSpan processorTime) =>
        new(
            phase,
            result.Count,
            result.PerSecond,
            result.Milliseconds(0.5),
            result.Milliseconds(0.99),
            processorTime.TotalMicroseconds / result.Count
        );
}

/// <summary>All figures of a run.</summary>
/// <param name="LoadAverageBefore">
/// How many wanted a core in the minute before. Above 0 something else worked on this machine too: that shows in the latencies
/// first, and least in processor time.
/// </param>
internal sealed record LocalAwsReport(
    string LoadAverageBefore,
    Measured AtTheRate,
    Measured Highest,
    Measured FloorAtTheRate,
    Measured FloorHighest
)
{
    public int Cores { get; } = Environment.ProcessorCount;
    public string OperatingSystem { get; } = RuntimeInformation.OSDescription;
    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>Within a hundredth, which the last requests under way make up.</summary>
    public bool KeptTheRate => AtTheRate.PerSecond >= LocalAwsCommand.Rate * 0.99;

    /// <summary>How often the rate fits into one core.</summary>
    public double HighestToTheRate => Highest.PerSecond / LocalAwsCommand.Rate;

    /// <summary>How much of the floor's highest rate is left.</summary>
    public double HighestToFloor => Highest.PerSecond / FloorHighest.PerSecond;

    /// <summary>How many times the floor's processor time one AssumeRole takes.</summary>
    public double ProcessorTimeToFloor =>
        Highest.ProcessorMicroseconds / FloorHighest.ProcessorMicroseconds;

    /// <summary>As Markdown.</summary>
    public string Table()
    {
        var table = new StringBuilder(
            """
            | load on one core | requests | per second | p50 ms | p99 ms | processor µs per request |
            |---|---:|---:|---:|---:|---:|

            """
        );
        foreach (var m in new[] { AtTheRate, Highest, FloorAtTheRate, FloorHighest })
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {m.Phase} | {m.Requests} | {m.PerSecond:F0} | {m.P50Milliseconds:F2} | {m.P99Milliseconds:F2} | {m.ProcessorMicroseconds:F0} |"
            );
        }
        return table
            .AppendLine()
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"Highest rate: {HighestToTheRate:F1} times {LocalAwsCommand.Rate}/s, {HighestToFloor:P0} of the floor's; processor time per AssumeRole: {ProcessorTimeToFloor:F1} times the floor's."
            )
            .Append(
                CultureInfo.InvariantCulture,
                $"{Cores} cores, {OperatingSystem}, {Runtime}; load average before: {LoadAverageBefore}."
            )
            .ToString();
    }
}
