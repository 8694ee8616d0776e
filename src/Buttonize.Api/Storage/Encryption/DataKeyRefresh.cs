using Buttonize.Api.Hosting;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>
/// Lets a data key that the operator added come into use on instances that run: each reads the ring again every few minutes, which is one
/// query and unwraps only what is new.
/// </summary>
internal sealed partial class DataKeyRefresh(
    DataKeys keys,
    TimeProvider time,
    ILogger<DataKeyRefresh> logger
) : BackgroundService
{
    /// <summary>For how long at most an instance encrypts under an older key after a newer one was added.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, time, stoppingToken);
                await TryAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task TryAsync(CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            stoppingToken,
            limit.Token
        );
        try
        {
            await keys.RefreshAsync(either.Token);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // The keys that are known go on being used.
            LogNotRead(
                logger,
                fault is StorageUnavailableException or ConfigurationException
                    ? fault.Message
                    : fault.GetType().Name
            );
        }
        catch (Exception)
        {
            // The process stops; the loop ends with it.
        }
    }

    [LoggerMessage(
        1006,
        LogLevel.Warning,
        "The data keys could not be read again, so a new one is not in use here yet; it is tried again: {Reason}"
    )]
    private static partial void LogNotRead(ILogger logger, string reason);
}
