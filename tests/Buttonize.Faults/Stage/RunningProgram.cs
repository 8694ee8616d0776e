using System.Diagnostics;
using System.Globalization;
using Buttonize.Local.Processes;

namespace Buttonize.Faults.Stage;

/// <summary>A program that runs, and what can happen to it from outside. For Linux.</summary>
internal sealed class RunningProgram(ChildProcess child)
{
    /// <summary>The program itself: the first child of the shell that watches it.</summary>
    private readonly string id = File.ReadAllText(
            string.Create(
                CultureInfo.InvariantCulture,
                $"/proc/{child.Id}/task/{child.Id}/children"
            )
        )
        .Split(' ')[0];

    /// <summary>Keeps it from running at all: its connections stand, and nobody answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Lets it run again.</summary>
    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Ends it without a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await child.Exited;
    }

    private async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, id]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"The {child.Name} takes no signal {name}.");
        }
    }
}
