namespace Buttonize.LocalAws.Tests;

/// <summary>Waits for what others do, processes or threads, a minute at most.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Leaves the cores to what is waited for.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The first line of a file that appears complete.</summary>
    public static async Task<string> FirstLineOfAsync(string file) =>
        (await LinesOfAsync(file, 1))[0];

    /// <returns>All lines, once there are as many as expected, or more.</returns>
    public static async Task<string[]> LinesOfAsync(string file, int expected)
    {
        string[] lines = [];
        await BecomesTrueAsync(async cancellation =>
        {
            if (!File.Exists(file))
            {
                return false;
            }
            lines = (await File.ReadAllTextAsync(file, cancellation)).Split('\n');
            return lines.Length > expected;
        });
        return lines[..^1];
    }

    public static Task ExistsAsync(string file) => BecomesTrueAsync(() => File.Exists(file));

    public static Task BecomesTrueAsync(Func<bool> condition) =>
        BecomesTrueAsync(_ => Task.FromResult(condition()));

    /// <summary>Until a process that is not a child of this one is gone, or dead and not yet collected.</summary>
    public static Task EndOfAsync(string processId) =>
        BecomesTrueAsync(async cancellation =>
        {
            try
            {
                var status = await File.ReadAllTextAsync($"/proc/{processId}/stat", cancellation);
                return status.Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                // Gone, possibly while it was being read.
                return true;
            }
        });

    public static async Task BecomesTrueAsync(Func<CancellationToken, Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        limit.CancelAfter(Limit);
        while (!await condition(limit.Token))
        {
            await Task.Delay(Pause, limit.Token);
        }
    }
}
