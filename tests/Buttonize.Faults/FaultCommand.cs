using System.CommandLine;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.Faults.Faults;
using Buttonize.Local.Processes;

namespace Buttonize.Faults;

/// <summary>Runs the faults, tells how it goes, and prints the table.</summary>
internal static class FaultCommand
{
    public static RootCommand Create()
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "Only faults whose name has this in it.",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long each fault lasts.",
            DefaultValueFactory = _ => 10,
        };
        var rate = new Option<int>("--rate")
        {
            Description = "How many sessions are asked for in a second.",
            DefaultValueFactory = _ => 20,
        };
        var write = new Option<bool>("--write")
        {
            Description = "Write the table to docs/faults.md as well.",
        };
        var command = new RootCommand(
            "Lets two control planes under steady load meet every fault, and looks at what was lost."
        )
        {
            filter,
            seconds,
            rate,
            write,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                try
                {
                    return await RunAsync(
                        result.GetValue(filter),
                        TimeSpan.FromSeconds(result.GetValue(seconds)),
                        result.GetValue(rate),
                        result.GetValue(write),
                        cancellationToken
                    );
                }
                catch (StartFailedException problem)
                {
                    await Console.Error.WriteLineAsync(problem.Message);
                    return 1;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    await Console.Error.WriteLineAsync(
                        "Stopped before the end; nothing is left running."
                    );
                    return 130;
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        string? filter,
        TimeSpan duration,
        int perSecond,
        bool write,
        CancellationToken cancellationToken
    )
    {
        var outcomes = new List<Outcome>();
        foreach (
            var fault in FaultCatalog.All.Where(f =>
                filter is null || f.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            Console.WriteLine($"{fault.Name}");
            var outcome = await FaultRun.RunAsync(
                fault,
                perSecond,
                duration,
                line => Console.WriteLine($"    {line}"),
                cancellationToken
            );
            outcomes.Add(outcome);
            foreach (var violation in outcome.Violations())
            {
                Console.WriteLine($"    WRONG: {violation}");
            }
        }

        var report = FaultReport.Table(outcomes);
        Console.WriteLine();
        Console.WriteLine(report);
        if (write)
        {
            await File.WriteAllTextAsync(
                Path.Join(Repository.Root, "docs", "faults.md"),
                report,
                cancellationToken
            );
        }

        return outcomes.Any(o => o.Violations().Count > 0) ? 1 : 0;
    }
}
