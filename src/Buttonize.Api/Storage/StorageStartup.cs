using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Storage;

/// <summary>
/// Gets storage ready at start: the table where it is ours to make, and the data keys. A wrong key stops the start; a DynamoDB that
/// is down does not, and is tried again until it is there.
/// </summary>
internal sealed partial class StorageStartup(
    TableCreation creation,
    DataKeys keys,
    TimeProvider time,
    ILogger<StorageStartup> logger
) : BackgroundService
{
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await TryAsync(cancellationToken))
        {
            await base.StartAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            do
            {
                await Task.Delay(Pause, time, stoppingToken);
            } while (!await TryAsync(stoppingToken));
        }
        catch (Exception fault)
            when (fault is OperationCanceledException or StorageUnavailableException
                && stoppingToken.IsCancellationRequested
            )
        {
            // The process stops before storage was ever ready; a call under way calls that unavailable.
        }
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(FirstTry, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            limit.Token
        );
        try
        {
            await creation.EnsureAsync(either.Token);
            await keys.GetAsync(either.Token);
            return true;
        }
        catch (Exception fault)
            when (fault is StorageUnavailableException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            LogNotReady(
                logger,
                fault is StorageUnavailableException ? fault.Message : "The try's time was up."
            );
            return false;
        }
    }

    [LoggerMessage(1001, LogLevel.Warning, "Storage is not ready yet and is tried again: {Reason}")]
    private static partial void LogNotReady(ILogger logger, string reason);
}
