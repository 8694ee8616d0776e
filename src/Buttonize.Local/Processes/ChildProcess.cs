using System.ComponentModel;
using System.Diagnostics;

namespace Buttonize.Local.Processes;

/// <summary>
/// A program started by us that ends with us: by <see cref="DisposeAsync"/>, and on Unix also when this process is killed.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int LinesKept = 50;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(UnixGuard.SecondsToStop + 5);

    private readonly Process _process;
    private readonly Action<string>? _onLine;
    private readonly Queue<string> _lastLines = new();
    private readonly Lock _linesLock = new();

    private ChildProcess(string name, Process process, Action<string>? onLine)
    {
        Name = name;
        _process = process;
        _onLine = onLine;
        Exited = WaitAsync();
    }

    /// <summary>How messages call it.</summary>
    public string Name { get; }

    /// <summary>The process's id; on Unix that of the shell that watches the program, whose first child the program is.</summary>
    public int Id => _process.Id;

    /// <summary>Completes with the exit status when the program has ended, of itself or not. Never faults.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last lines it wrote, standard output and standard error in the order of arrival.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_linesLock)
            {
                return [.. _lastLines];
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="start">What to start.</param>
    /// <param name="onLine">Gets every line it writes, as it is written.</param>
    /// <exception cref="StartFailedException">The program cannot be started.</exception>
    public static ChildProcess Start(ProgramStart start, Action<string>? onLine = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        var info = OperatingSystem.IsWindows()
            ? start.ToStartInfo(start.Program, start.Arguments)
            : start.ToStartInfo(UnixGuard.Shell, UnixGuard.Arguments(start));
        try
        {
            var process =
                Process.Start(info)
                ?? throw new StartFailedException($"{start.Name}: {start.Program} did not start.");
            return new ChildProcess(start.Name, process, onLine);
        }
        catch (Win32Exception exception)
        {
            throw new StartFailedException(
                $"{start.Name}: cannot start {start.Program}: {exception.Message}.",
                exception
            );
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit status and its last lines.</returns>
    /// <exception cref="StartFailedException">The program cannot be started.</exception>
    public static async Task<(int Status, IReadOnlyList<string> LastLines)> RunAsync(
        ProgramStart start,
        CancellationToken cancellationToken
    )
    {
        await using var child = Start(start);
        var status = await child.Exited.WaitAsync(cancellationToken);
        return (status, child.LastLines);
    }

    /// <summary>A line that says that it ended, and below it the last lines it wrote.</summary>
    public string DescribeExit()
    {
        var status = Exited.IsCompletedSuccessfully ? $" with status {Exited.Result}" : "";
        return $"{Name} ended{status}. {DescribeOutput()}";
    }

    /// <summary>The last lines it wrote, below a line that says so.</summary>
    public string DescribeOutput() =>
        LastLines is { Count: > 0 } lines
            ? string.Join(
                Environment.NewLine,
                lines.Select(line => "    " + line).Prepend("Its last lines:")
            )
            : "It wrote nothing.";

    /// <summary>Asks the program to stop, and after some seconds kills what is left of it and of what it started.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            AskToStop();
        }
        catch (InvalidOperationException)
        {
            // It had ended already.
        }

        try
        {
            await Exited.WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await Exited;
        }

        _process.Dispose();
    }

    private void AskToStop()
    {
        if (OperatingSystem.IsWindows())
        {
            _process.Kill(entireProcessTree: true);
        }
        else
        {
            // The guard takes the closed pipe for our death and does the rest.
            _process.StandardInput.Close();
        }
    }

    private async Task<int> WaitAsync()
    {
        var output = Task.WhenAll(
            KeepLinesAsync(_process.StandardOutput),
            KeepLinesAsync(_process.StandardError)
        );
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.Exited += (_, _) => ended.TrySetResult();
        _process.EnableRaisingEvents = true;
        await ended.Task;

        // Something it started may still hold its output open; a dead program's last words are all here by now.
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1)));
        return _process.ExitCode;
    }

    private async Task KeepLinesAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (_linesLock)
                {
                    _lastLines.Enqueue(line);
                    if (_lastLines.Count > LinesKept)
                    {
                        _lastLines.Dequeue();
                    }
                }

                _onLine?.Invoke(line);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was disposed of while a grandchild held the pipe.
        }
    }
}
