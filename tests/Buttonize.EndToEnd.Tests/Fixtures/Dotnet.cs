using System.Collections.Concurrent;
using System.Diagnostics;

namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>One of the programs, run as its user would: a process, what it writes, and how it ends.</summary>
public sealed class Dotnet : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();

    private Dotnet(Process process) => this.process = process;

    public int Id => process.Id;

    public string Output => string.Join('\n', output);

    public string Errors => string.Join('\n', errors);

    /// <summary>Starts a program of this repository with a clean environment and what is given.</summary>
    public static Dotnet Start(
        string assembly,
        IReadOnlyDictionary<string, string>? environment = null,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Join(AppContext.BaseDirectory, assembly), .. arguments]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(n =>
                    n.StartsWith("AWS_", StringComparison.Ordinal)
                    || n.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
                    || n.StartsWith("DOTNET_ENVIRONMENT", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        // The debugging sockets of what is killed would stay in the temp folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var program = new Dotnet(Process.Start(start)!);
        program.process.OutputDataReceived += (_, line) => Keep(program.output, line.Data);
        program.process.ErrorDataReceived += (_, line) => Keep(program.errors, line.Data);
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Waits until the output has a line.</summary>
    public Task SaysAsync(string text, CancellationToken cancellationToken) =>
        Until.TrueAsync(
            () =>
                process.HasExited
                    ? throw new InvalidOperationException(
                        $"It ended with {process.ExitCode}: {Output}\n{Errors}"
                    )
                    : Task.FromResult(Output.Contains(text, StringComparison.Ordinal)),
            cancellationToken
        );

    /// <summary>Sends a signal, as a terminal or an operator would.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start(
            "kill",
            ["-" + name, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    /// <summary>Ends it without a chance to tidy up (<c>kill -9</c>).</summary>
    public void Kill()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
