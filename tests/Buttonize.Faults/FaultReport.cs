using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.Faults.Faults;
using Buttonize.Faults.Noise;

namespace Buttonize.Faults;

/// <summary>The tables of a run, and where it ran.</summary>
internal sealed class FaultReport(Pace pace)
{
    private const string Begin = "<!-- The tables: written by the command above. -->";

    private readonly List<Outcome> faults = [];
    private readonly List<NoiseOutcome> noises = [];

    /// <summary>Whether all was as it has to be.</summary>
    public bool IsGood =>
        faults.All(f => f.Violations().Count == 0) && noises.All(n => n.Violations().Count == 0);

    public void Add(Outcome outcome) => faults.Add(outcome);

    public void Add(NoiseOutcome outcome) => noises.Add(outcome);

    /// <summary>As Markdown.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        Line(
            text,
            $"{Environment.ProcessorCount} cores and {Gibibytes():F0} GiB of memory for everything, clients as well; {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}."
        );
        Line(
            text,
            $"{pace.PerSecond} sessions a second and one registration, {pace.Before.TotalSeconds} s before each fault, which lasts {pace.Lasts.TotalSeconds} s or more."
        );
        AddFaults(text.AppendLine());
        AddNoises(text.AppendLine());
        return text.ToString().TrimEnd();
    }

    /// <summary>Puts it into <c>docs/faults.md</c>, in the place of the one before.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var path = Path.Join(Repository.Root, "docs", "faults.md");
        var page = await File.ReadAllTextAsync(path, cancellationToken);
        var words = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)];
        await File.WriteAllTextAsync(path, $"{words}\n\n{Text()}\n", cancellationToken);
    }

    private void AddFaults(StringBuilder text)
    {
        if (faults.Count == 0)
        {
            return;
        }

        text.AppendLine(
            """
            | fault | requests | succeeded | refused | failed | lost entries | wrong tenant | lost registrations | STS calls a request | slowest | recovery |
            |---|---:|---:|---|---|---:|---:|---:|---:|---:|---:|
            """
        );
        foreach (var f in faults)
        {
            Line(
                text,
                $"| {f.Fault.Name} | {f.Requests} | {f.Succeeded} | {Counts(f.Refused)} | {Counts(f.Failed)} | {f.Findings.LostEntries.Count} | {f.Findings.WrongTenants.Count} | {f.Findings.LostRegistrations.Count} | {f.StsCallsPerRequest:F2} | {f.Slowest.TotalSeconds:F1} s | {Seconds(f.Recovery)} |"
            );
        }
    }

    private void AddNoises(StringBuilder text)
    {
        if (noises.Count == 0)
        {
            return;
        }

        text.AppendLine(
            """
            | flood | its requests | of them 429 | granted, to its limit | quiet requests beside it | quiet p50 alone, beside it | quiet p99 alone, beside it | p99 ratio |
            |---|---:|---:|---:|---:|---:|---:|---:|
            """
        );
        foreach (var n in noises)
        {
            Line(
                text,
                $"| {n.Kind.Name}: {NoiseKind.TimesTheLimit} times its limit of {n.Kind.Limit} in {n.Kind.Window.TotalSeconds} s | {n.Flood} | {n.Limited} | {n.GrantedToLimit:F1} | {n.Quiet} | {n.Median.Alone:F0}, {n.Median.Beside:F0} ms | {n.Slow.Alone:F0}, {n.Slow.Beside:F0} ms | {n.Ratio:F1} |"
            );
        }
    }

    private static void Line(StringBuilder text, FormattableString line) =>
        text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Gibibytes() =>
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Pow(2, 30);

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
