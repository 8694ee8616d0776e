namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// The functions that run now, and those that wait to be run again. A caller that hangs up does not stop them, as in AWS;
/// the end of this program does, and waits for them.
/// </summary>
internal sealed class RunningFunctions(
    FunctionProcess process,
    TimeProvider time,
    IHostApplicationLifetime lifetime
) : IAsyncDisposable
{
    /// <summary>
    /// Before the second and the third attempt at an asynchronous event ("How Lambda handles errors and retries with
    /// asynchronous invocation"); after that the event is discarded: there is no dead-letter queue and no destination.
    /// </summary>
    private static readonly TimeSpan[] RetryWaits =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(2),
    ];

    private readonly CancellationTokenSource ending =
        CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);

    private readonly Lock gate = new();
    private readonly HashSet<Task> running = [];

    public Task<FunctionRun> RunAsync(FunctionCall call)
    {
        var run = process.RunAsync(call, ending.Token);
        Track(run);
        return run;
    }

    /// <summary>Every attempt has the request id of the call.</summary>
    public void Enqueue(FunctionCall call) => Track(AttemptAsync(call));

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        Task[] left;
        lock (gate)
        {
            left = [.. running];
        }
        await Task.WhenAll(left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ending.Dispose();
    }

    private async Task AttemptAsync(FunctionCall call)
    {
        // What follows starts a process: not while the caller waits for its 202.
        await Task.Yield();
        var run = await process.RunAsync(call, ending.Token);
        foreach (var wait in RetryWaits)
        {
            if (!run.Failed)
            {
                return;
            }
            await Task.Delay(wait, time, ending.Token);
            run = await process.RunAsync(call, ending.Token);
        }
    }

    private void Track(Task task)
    {
        lock (gate)
        {
            running.Add(task);
        }
        _ = ForgetAsync(task);
    }

    private async Task ForgetAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
        {
            running.Remove(task);
        }
    }
}
