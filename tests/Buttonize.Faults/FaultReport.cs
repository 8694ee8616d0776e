using System.Globalization;
using System.Text;
using Buttonize.Faults.Faults;

namespace Buttonize.Faults;

/// <summary>The table.</summary>
internal static class FaultReport
{
    public static string Table(IReadOnlyList<Outcome> outcomes)
    {
        var table = new StringBuilder(
            """
            | fault | load | requests | succeeded | refused | failed | lost entries | wrong tenant | lost registrations | STS calls a request | slowest | recovery |
            |---|---|---:|---:|---|---|---:|---:|---:|---:|---:|---:|

            """
        );
        foreach (var outcome in outcomes)
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {outcome.Fault.Name} | {outcome.PerSecond}/s | {outcome.Requests} | {outcome.Succeeded} | {Counts(outcome.Refused)} | {Counts(outcome.Failed)} | {outcome.Findings.LostEntries.Count} | {outcome.Findings.WrongTenants.Count} | {outcome.Findings.LostRegistrations.Count} | {outcome.StsCallsPerRequest:F2} | {outcome.Slowest.TotalSeconds:F1} s | {Seconds(outcome.Recovery)} |"
            );
        }

        return table.ToString();
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:F1} s")
            : "never";

    private static string Counts(IReadOnlyDictionary<string, int> counts) =>
        counts.Count == 0
            ? "0"
            : string.Join(
                ", ",
                counts
                    .OrderByDescending(c => c.Value)
                    .Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} {c.Key}"))
            );
}
