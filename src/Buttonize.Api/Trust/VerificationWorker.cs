using Amazon.Runtime;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Trust;

/// <summary>
/// Checks roles in the background: those that wait for their first proof, and those that are to be proven again. One instance at a
/// time does it, under a lease; another one takes over within a minute when it dies.
/// </summary>
internal sealed partial class VerificationWorker(
    AppStore store,
    AppVerifier verifier,
    Table table,
    ButtonizeMetrics metrics,
    TimeProvider time,
    ILogger<VerificationWorker> logger
) : BackgroundService
{
    /// <summary>
    /// Checks per second. A check is four calls to STS, seven where the role refuses. An account has 600 a second and Region, and issuing
    /// takes up to 500 of them by default.
    /// </summary>
    private const int FirstChecksPerSecond = 8;

    private const int ChecksAgainPerSecond = 4;

    private static readonly TimeSpan LeaseRenewal = Lease.Duration / 6;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AgainPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(1);

    private readonly Lease lease = new(table, time, "verification");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host starts no further while this runs synchronously.
        await Task.Yield();
        using var first = new DueChecks(
            CheckQueue.First,
            FirstChecksPerSecond,
            store,
            verifier,
            table,
            metrics,
            time,
            logger
        );
        using var again = new DueChecks(
            CheckQueue.Again,
            ChecksAgainPerSecond,
            store,
            verifier,
            table,
            metrics,
            time,
            logger
        );
        await Task.WhenAll(
            RepeatAsync(HoldLeaseAsync, stoppingToken),
            RepeatAsync(token => WorkAsync(first, FirstPause, token), stoppingToken),
            RepeatAsync(token => WorkAsync(again, AgainPause, token), stoppingToken)
        );
        await ReleaseAsync();
    }

    private async Task<TimeSpan> HoldLeaseAsync(CancellationToken cancellationToken)
    {
        if (await lease.TakeAsync(cancellationToken))
        {
            metrics.WorkDone("verification_lease", time.GetUtcNow());
        }

        return LeaseRenewal;
    }

    private async Task<TimeSpan> WorkAsync(
        DueChecks checks,
        TimeSpan pause,
        CancellationToken cancellationToken
    )
    {
        if (time.GetUtcNow() >= lease.Until)
        {
            metrics.ChecksAreElsewhere();
            return FirstPause;
        }

        return await checks.RunAsync(cancellationToken) ? TimeSpan.Zero : pause;
    }

    /// <summary>Does something again and again, with the pause that it asks for, until the process stops. Faults only make a pause.</summary>
    private async Task RepeatAsync(
        Func<CancellationToken, Task<TimeSpan>> work,
        CancellationToken stoppingToken
    )
    {
        var failing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                pause = await work(stoppingToken);
                failing = false;
            }
            catch (Exception fault)
            {
                if (!failing && !stoppingToken.IsCancellationRequested)
                {
                    LogFailing(logger, ReasonOf(fault));
                }

                (pause, failing) = (AfterFault, true);
            }

            await PauseAsync(pause, stoppingToken);
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(pause, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(AfterFault, time);
        try
        {
            await lease.ReleaseAsync(limit.Token);
        }
        catch (Exception fault)
        {
            // It runs out by itself.
            LogFailing(logger, ReasonOf(fault));
        }
    }

    /// <summary>AWS's own code where there is one: a missing index is a <c>ValidationException</c> of DynamoDB.</summary>
    private static string ReasonOf(Exception fault) =>
        fault switch
        {
            StorageUnavailableException => fault.Message,
            AmazonServiceException refused =>
                $"{refused.ErrorCode} of {TableDefinition.Checks.Name}",
            _ => fault.GetType().Name,
        };

    [LoggerMessage(
        1506,
        LogLevel.Warning,
        "Background verification is interrupted, and tried again: {Reason}"
    )]
    private static partial void LogFailing(ILogger logger, string reason);
}
