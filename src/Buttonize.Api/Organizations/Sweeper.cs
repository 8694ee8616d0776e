using Buttonize.Api.Access;
using Buttonize.Api.Audit;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Finishes in the background what is larger than one write and was only marked: deleted organizations, erased people, their names in the ledger. Every instance does
/// it, and starts over where another one was stopped: deleting twice is deleting.
/// </summary>
internal sealed partial class Sweeper(
    DeletedOrganizations organizations,
    Erasure people,
    ButtonizeMetrics metrics,
    ErasedIssuances issuances,
    TimeProvider time,
    ILogger<Sweeper> logger
) : BackgroundService
{
    /// <summary>The pause between two looks. A mark alone ends every access, so nothing hurries.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host starts no further while this runs synchronously.
        await Task.Yield();
        try
        {
            while (true)
            {
                await SweepAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops; whoever looks next goes on.
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        var swept = await TryAsync(organizations.SweepAllAsync, stoppingToken);
        var erased = await TryAsync(people.FinishAllAsync, stoppingToken);
        var forgotten = await TryAsync(issuances.SweepAllAsync, stoppingToken);
        if (swept && erased && forgotten)
        {
            metrics.WorkDone("sweeper", time.GetUtcNow());
        }
    }

    /// <summary>What is wrong with one of them must not keep the others waiting.</summary>
    private async Task<bool> TryAsync(
        Func<CancellationToken, Task> sweep,
        CancellationToken stoppingToken
    )
    {
        try
        {
            await sweep(stoppingToken);
            return true;
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            LogInterrupted(
                logger,
                fault is StorageUnavailableException ? fault.Message : fault.GetType().Name
            );
            return false;
        }
    }

    [LoggerMessage(
        1602,
        LogLevel.Warning,
        "Sweeping what was deleted is interrupted, and tried again: {Reason}"
    )]
    private static partial void LogInterrupted(ILogger logger, string reason);
}
