using Buttonize.Local.Processes;
using Buttonize.Local.Stack;

namespace Buttonize.Faults.Stage;

/// <summary>One control plane: a process that is killed and started again at the same address, as a supervisor does.</summary>
internal sealed class Instance(ProgramStart start, Uri address, Action<string>? onLine)
    : IAsyncDisposable
{
    private ChildProcess? child;

    public Uri Address => address;

    /// <summary>The last lines it wrote.</summary>
    public IReadOnlyList<string> LastLines => child?.LastLines ?? [];

    /// <summary>Starts it, and waits until it is ready.</summary>
    /// <exception cref="StartFailedException">It did not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        child = ChildProcess.Start(start, onLine);
        await Readiness.WaitAsync(child, new Uri(address, "health/ready"), cancellationToken);
    }

    /// <summary>Ends it without a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        var dead = child!;
        child = null;
        await using var _ = dead;
        await new RunningProgram(dead).KillAsync();
    }

    public ValueTask DisposeAsync() => child?.DisposeAsync() ?? ValueTask.CompletedTask;
}
