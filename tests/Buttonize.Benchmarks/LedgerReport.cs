using System.Globalization;
using System.Text;

namespace Buttonize.Benchmarks;

/// <summary>What one page of one list costs in a small ledger and in a large one.</summary>
internal sealed record LedgerPage(string List, string Entries, Cost Small, Cost Large);

/// <summary>All figures of a run.</summary>
/// <param name="WriteUnits">Of one entry, with both indexes.</param>
internal sealed record LedgerReport(
    int Small,
    int Large,
    double WriteUnits,
    IReadOnlyList<LedgerPage> Pages
)
{
    /// <summary>As Markdown.</summary>
    public string Table()
    {
        var table = new StringBuilder();
        table.AppendLine(
            CultureInfo.InvariantCulture,
            $"| page of | entries on it | calls: {Small:N0} / {Large:N0} | items read | read units | ratio of items |"
        );
        table.AppendLine("|---|---:|---:|---:|---:|---:|");
        foreach (var page in Pages)
        {
            var (small, large) = (page.Small, page.Large);
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {page.List} | {page.Entries} | {small.Calls} / {large.Calls} | {small.Items} / {large.Items} | {small.Units:F1} / {large.Units:F1} | {(double)large.Items / small.Items:F1} |"
            );
        }

        return table
            .AppendLine()
            .Append(
                CultureInfo.InvariantCulture,
                $"Writing one entry: 1 call, {WriteUnits:F1} write units with both indexes."
            )
            .ToString();
    }
}
