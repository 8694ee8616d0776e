using System.Diagnostics;

namespace Buttonize.Benchmarks;

/// <summary>Which core works for whom: the server has the first one alone, the generator has the others.</summary>
internal static class Cores
{
    public const int Server = 0;

    /// <summary>Keeps every thread of this process, and all that they start, off the server's core.</summary>
    /// <exception cref="CannotMeasureException">This machine has no second core, or no taskset.</exception>
    public static async Task PinGeneratorAsync(CancellationToken cancellationToken)
    {
        var count = Environment.ProcessorCount;
        if (count < 2)
        {
            throw new CannotMeasureException(
                "There is one core only: generator and server would be in each other's way."
            );
        }
        try
        {
            string[] all = ["-a", "-c", "-p", $"1-{count - 1}", $"{Environment.ProcessId}"];
            using var taskset = Process.Start(
                new ProcessStartInfo("taskset", all) { RedirectStandardOutput = true }
            )!;
            await taskset.StandardOutput.ReadToEndAsync(cancellationToken);
            await taskset.WaitForExitAsync(cancellationToken);
            if (taskset.ExitCode != 0)
            {
                throw new CannotMeasureException("taskset cannot pin this process to its cores.");
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CannotMeasureException(
                "There is no taskset on the PATH (Linux, package util-linux): nothing can be pinned to a core."
            );
        }
    }
}
