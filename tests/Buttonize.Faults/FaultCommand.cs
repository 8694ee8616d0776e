using System.CommandLine;
using Buttonize.Faults.Faults;
using Buttonize.Faults.Noise;
using Buttonize.Local.Processes;

namespace Buttonize.Faults;

/// <summary>Runs the faults, tells how it goes, and prints the table.</summary>
internal static class FaultCommand
{
    private const int LinesTold = 10;
    private const int LineLength = 300;

    public static RootCommand Create()
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "Only faults whose name has this in it.",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How many seconds each fault lasts, and each turn of a flood.",
            DefaultValueFactory = _ => 10,
        };
        var before = new Option<int>("--before")
        {
            Description = "How many seconds all is well before.",
            DefaultValueFactory = _ => 20,
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
            before,
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
                        new Pace(
                            result.GetValue(rate),
                            TimeSpan.FromSeconds(result.GetValue(before)),
                            TimeSpan.FromSeconds(result.GetValue(seconds))
                        ),
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
        Pace pace,
        bool write,
        CancellationToken cancellationToken
    )
    {
        var report = new FaultReport(pace);
        foreach (var fault in FaultCatalog.All.Where(f => IsWanted(f.Name)))
        {
            Console.WriteLine(fault.Name);
            var outcome = await FaultRun.RunAsync(fault, pace, Tell, cancellationToken);
            report.Add(outcome);
            TellWrong(outcome.Violations(), outcome.Complaints);
        }

        foreach (var noise in NoiseKind.All.Where(n => IsWanted(n.Name)))
        {
            Console.WriteLine(noise.Name);
            var outcome = await NoisyTenant.RunAsync(noise, pace.Lasts, Tell, cancellationToken);
            report.Add(outcome);
            TellWrong(outcome.Violations(), []);
        }

        Console.WriteLine();
        Console.WriteLine(report.Text());
        if (write)
        {
            await report.WriteAsync(cancellationToken);
        }

        return report.IsGood ? 0 : 1;

        bool IsWanted(string name) =>
            filter is null || name.Contains(filter, StringComparison.OrdinalIgnoreCase);
    }

    private static void Tell(string line) => Console.WriteLine($"    {line}");

    private static void TellWrong(
        IReadOnlyList<string> violations,
        IReadOnlyList<string> complaints
    )
    {
        foreach (var violation in violations)
        {
            Tell($"WRONG: {violation}");
        }

        foreach (var complaint in violations.Count > 0 ? complaints.TakeLast(LinesTold) : [])
        {
            Tell(complaint.Length > LineLength ? complaint[..LineLength] : complaint);
        }
    }
}
