using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Storage;

/// <summary>
/// Gets storage ready at start: the table where it is ours to make, and the data keys. A wrong key stops the start; a DynamoDB that
/// is down does not, and is tried again until it is there.
/// </summary>
internal sealed partial class StorageStartup(
    TableCreation creation,
    TableCheck check,
    DataKeys keys,
    TimeProvider time,
    ILogger<StorageStartup> logger
) : BackgroundService
{
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(1);

    private (string? Reason, DateTimeOffset At) last;

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
            if (!creation.IsOurs)
            {
                await check.RunAsync(either.Token);
            }

            return true;
        }
        catch (Exception fault)
            when (fault is StorageUnavailableException or OperationCanceledException
                && !cancellationToken.IsCancellationRequested
            )
        {
            Log(fault as StorageUnavailableException);
            return false;
        }
    }

    /// <summary>Once a minute where nothing changes: an operator's mistake can last.</summary>
    private void Log(StorageUnavailableException? fault)
    {
        var reason = fault?.Message ?? "The try's time was up.";
        var now = time.GetUtcNow();
        if (reason == last.Reason && now - last.At < Repeat)
        {
            return;
        }

        last = (reason, now);
        if (fault is { IsDenied: true })
        {
            LogDenied(logger, reason, fault.AwsRequestId);
        }
        else
        {
            LogNotReady(logger, reason, fault?.AwsRequestId);
        }
    }

    [LoggerMessage(
        1001,
        LogLevel.Warning,
        "Storage is not ready yet and is tried again: {Reason} (AWS request {AwsRequestId})"
    )]
    private static partial void LogNotReady(ILogger logger, string reason, string? awsRequestId);

    [LoggerMessage(
        1005,
        LogLevel.Error,
        "Storage refuses the control plane, which serves nobody until that is mended: {Reason} (AWS request {AwsRequestId})"
    )]
    private static partial void LogDenied(ILogger logger, string reason, string? awsRequestId);
}
