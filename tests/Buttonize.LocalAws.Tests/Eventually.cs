namespace Buttonize.LocalAws.Tests;

/// <summary>Waits for what another process does; the test's own time limit ends it.</summary>
internal static class Eventually
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The first line of a file that appears complete.</summary>
    public static async Task<string> FirstLineOfAsync(string file) =>
        (await LinesOfAsync(file, 1))[0];

    /// <returns>All lines, once there are as many as expected, or more.</returns>
    public static async Task<string[]> LinesOfAsync(string file, int expected)
    {
        while (true)
        {
            Cancellation.ThrowIfCancellationRequested();
            if (File.Exists(file))
            {
                var text = await File.ReadAllTextAsync(file, Cancellation);
                var lines = text.Split('\n');
                if (lines.Length > expected)
                {
                    return lines[..^1];
                }
            }
            await Task.Yield();
        }
    }

    /// <summary>Until a process that is not a child of this one is gone, or dead and not yet collected.</summary>
    public static async Task EndOfAsync(string processId)
    {
        var status = $"/proc/{processId}/stat";
        try
        {
            while (
                !(await File.ReadAllTextAsync(status, Cancellation)).Contains(
                    ") Z ",
                    StringComparison.Ordinal
                )
            )
            {
                Cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
        catch (IOException)
        {
            // Gone, possibly while it was being read.
        }
    }
}
