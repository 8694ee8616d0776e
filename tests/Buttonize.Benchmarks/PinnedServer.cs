using System.Diagnostics;

namespace Buttonize.Benchmarks;

/// <summary>A server in a process of its own, on one core from its first instruction on.</summary>
internal sealed class PinnedServer : IAsyncDisposable
{
    private readonly Process process;

    private PinnedServer(Process process, Uri address)
    {
        this.process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>What the process has taken of its core so far, user and system time.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <param name="assembly">A program that listens on <c>--urls</c> and tells the address in its first line.</param>
    /// <exception cref="CannotMeasureException">It does not start.</exception>
    public static async Task<PinnedServer> StartAsync(
        string assembly,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken
    )
    {
        string[] command =
        [
            "-c",
            $"{Cores.Server}",
            "dotnet",
            assembly,
            .. arguments,
            "--urls",
            "http://127.0.0.1:0",
        ];
        var process = Process.Start(
            new ProcessStartInfo("taskset", command) { RedirectStandardOutput = true }
        )!;
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? "";
        var start = line.IndexOf("http://", StringComparison.Ordinal);
        if (start < 0)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw new CannotMeasureException(
                $"{Path.GetFileName(assembly)} does not start: '{line}'."
            );
        }
        return new PinnedServer(process, new Uri(line[start..]));
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
