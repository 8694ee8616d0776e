using System.Diagnostics;
using System.Text;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>Runs a program on a terminal, by <c>script</c> of util-linux, and types when it asks.</summary>
public static class PseudoTerminal
{
    private const string Script = "/usr/bin/script";

    /// <summary>Skips the test, and says why, where there is no terminal to be had; in CI it fails.</summary>
    public static void Require()
    {
        if (File.Exists(Script))
        {
            return;
        }

        const string Reason =
            "'script' of util-linux is missing, which gives a program a terminal.";
        if (System.Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(Reason);
        }

        Assert.Skip(Reason);
    }

    /// <summary>Runs a command line, and types once the terminal shows a text.</summary>
    /// <returns>How it ended; everything that the terminal showed is output.</returns>
    public static async Task<EndedProcess> RunAsync(
        string commandLine,
        IReadOnlyDictionary<string, string> environment,
        string until,
        string typed,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(
            Script,
            ["--quiet", "--return", "--command", commandLine, "/dev/null"]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var shown = new StringBuilder();
            var buffer = new char[1024];
            var isTyped = false;
            for (
                int read;
                (read = await process.StandardOutput.ReadAsync(buffer, limit.Token)) > 0;

            )
            {
                shown.Append(buffer, 0, read);
                if (!isTyped && shown.ToString().Contains(until, StringComparison.Ordinal))
                {
                    isTyped = true;
                    await process.StandardInput.WriteAsync(typed.AsMemory(), limit.Token);
                    await process.StandardInput.FlushAsync(limit.Token);
                }
            }

            await process.WaitForExitAsync(limit.Token);
            return new EndedProcess(process.ExitCode, shown.ToString(), "");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
