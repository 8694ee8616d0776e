using System.Threading.RateLimiting;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Trust;

/// <summary>Does what is due in one queue of checks, at a limited rate. One task at a time uses it.</summary>
internal sealed partial class DueChecks(
    string queue,
    int checksPerSecond,
    AppStore store,
    AppVerifier verifier,
    Table table,
    ButtonizeMetrics metrics,
    TimeProvider time,
    ILogger logger
) : IDisposable
{
    /// <summary>How many apps are read from the queue at once.</summary>
    private const int PageSize = 50;

    /// <summary>How many of one organization are checked of a page, where more wait than one page has: the others' wait behind nobody's flood.</summary>
    private const int Share = 8;

    private static readonly TimeSpan AfterShare = TimeSpan.FromSeconds(15);

    /// <summary>How many are checked at the same time.</summary>
    private const int Parallel = 8;

    /// <summary>How long nothing is asked of STS after it throttled a check: issuing comes first.</summary>
    private static readonly TimeSpan AfterThrottling = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterSuspicion = TimeSpan.FromMinutes(10);

    /// <summary>A run is stopped at most this often: whatever refuses, and however much, drift is found elsewhere meanwhile.</summary>
    private static readonly TimeSpan BetweenStops = TimeSpan.FromHours(1);

    /// <summary>When an app is tried again whose check failed by a fault of this program, or of what is stored.</summary>
    private static readonly TimeSpan AfterFault = TimeSpan.FromHours(1);

    /// <summary>The queue in metrics.</summary>
    private readonly string label = queue == CheckQueue.First ? "first" : "again";

    private readonly RefusalTally tally = new();
    private readonly TokenBucketRateLimiter rate = new(
        new TokenBucketRateLimiterOptions
        {
            TokenLimit = checksPerSecond,
            TokensPerPeriod = checksPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = PageSize,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }
    );

    private long pausedUntil;
    private long nextStop;
    private int done;
    private int interrupted;

    private bool IsPaused => time.GetUtcNow().UtcTicks < Interlocked.Read(ref pausedUntil);

    /// <summary>Checks what is due, as far as one page goes.</summary>
    /// <returns>
    /// Whether anything was checked, so that there can be more at once; what the index still shows and is done already does not count.
    /// </returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        if (IsPaused)
        {
            return false;
        }

        (done, interrupted) = (0, 0);
        var due = await DueAsync(cancellationToken);
        metrics.ChecksFound(label, due.Count > 0 ? due[0].Since : null);
        var (now, later) = Shared([.. due.Select(d => d.App)]);
        foreach (var key in later)
        {
            await PostponeAsync(key, AfterShare, cancellationToken);
        }

        await System.Threading.Tasks.Parallel.ForEachAsync(
            now,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = Parallel,
                CancellationToken = cancellationToken,
            },
            async (key, token) => await RunAsync(key, token)
        );
        if (interrupted == 0)
        {
            metrics.WorkDone($"checks_{label}", time.GetUtcNow());
        }

        return done > 0 && interrupted == 0;
    }

    private static (IReadOnlyList<Key> Now, IReadOnlyList<Key> Later) Shared(IReadOnlyList<Key> due)
    {
        if (due.Count < PageSize)
        {
            return (due, []);
        }

        var places = due.GroupBy(key => key.Partition, StringComparer.Ordinal)
            .SelectMany(organization => organization.Index())
            .ToLookup(place => place.Index < Share, place => place.Item);
        return ([.. places[true]], [.. places[false]]);
    }

    /// <inheritdoc/>
    public void Dispose() => rate.Dispose();

    /// <summary>The keys of the apps whose check is due, the longest waiting first.</summary>
    private async Task<IReadOnlyList<(Key App, DateTimeOffset Since)>> DueAsync(
        CancellationToken cancellationToken
    )
    {
        var until = Item.Format(time.GetUtcNow());
        var due = await table.QueryAsync(
            new Query(queue)
            {
                Index = TableDefinition.Checks,
                Between = (Item.Format(DateTimeOffset.MinValue), until),
            },
            after: null,
            PageSize,
            cancellationToken
        );
        return
        [
            .. due.Items.Select(item =>
                (new Key(item.String("pk"), item.Sort), item.Time(TableDefinition.CheckAtAttribute))
            ),
        ];
    }

    private async Task RunAsync(Key key, CancellationToken cancellationToken)
    {
        try
        {
            var (organization, id) = key.ToApp();
            var app = await store.FindAsync(organization, id, cancellationToken);
            foreach (var target in (CheckTarget[])[CheckTarget.Replacement, CheckTarget.Own])
            {
                app =
                    app is not null && IsDue(app, target) && !IsPaused
                        ? await CheckAsync(app, target, cancellationToken)
                        : app;
            }
        }
        catch (StorageUnavailableException)
        {
            // It stays due. The others go on, and there is a pause before the next page.
            Interlocked.Exchange(ref interrupted, 1);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // One app must not keep the others from being checked, whatever is wrong with it.
            LogFault(logger, fault, key.Sort);
            await PostponeAsync(key, AfterFault, cancellationToken);
        }
    }

    /// <returns>The app as it is now, or null where there is nothing more to do with it for now.</returns>
    private async Task<App?> CheckAsync(
        App app,
        CheckTarget target,
        CancellationToken cancellationToken
    )
    {
        using var permit = await rate.AcquireAsync(1, cancellationToken);
        Interlocked.Increment(ref done);
        using var trace = Tracing.StartWork("check");
        var check = await verifier.CheckAsync(app, target, cancellationToken);
        if (check.Found.Throttled)
        {
            Pause(AfterThrottling);
        }

        // Only what is proven again tells that it is the control plane that is refused; who waits for a first proof is never kept waiting.
        if (queue == CheckQueue.Again && app.HoldsRole && IsSuspicious(app, check.Found.Verdict))
        {
            await PostponeAsync(
                Key.App(app.Organization, app.Id),
                AfterSuspicion,
                cancellationToken
            );
            return null;
        }

        return await verifier.RecordAsync(check, cancellationToken);
    }

    /// <summary>Moves an app back in the queue, without a word about its role.</summary>
    private Task<bool> PostponeAsync(Key app, TimeSpan by, CancellationToken cancellationToken) =>
        table.UpdateAsync(
            app,
            new Expression(
                $"SET #{TableDefinition.CheckAtAttribute} = :later",
                (":later", Item.Format(time.GetUtcNow() + by))
            ),
            new Expression($"attribute_exists(#{TableDefinition.CheckAtAttribute})"),
            cancellationToken
        );

    /// <summary>A longer pause stays as it is.</summary>
    private void Pause(TimeSpan pause)
    {
        var until = (time.GetUtcNow() + pause).UtcTicks;
        for (
            var seen = Interlocked.Read(ref pausedUntil);
            seen < until;
            seen = Interlocked.Read(ref pausedUntil)
        )
        {
            Interlocked.CompareExchange(ref pausedUntil, until, seen);
        }
    }

    /// <summary>Whether a refusal is not to be believed; then it is not written down either, and the run stops.</summary>
    private bool IsSuspicious(App app, ProofVerdict verdict)
    {
        var now = time.GetUtcNow();
        var (isSuspicious, refused, all) = tally.Note(app.Organization, app.Id, verdict, now);
        var stop = Interlocked.Read(ref nextStop);
        if (
            isSuspicious
            && now.UtcTicks >= stop
            && Interlocked.CompareExchange(ref nextStop, (now + BetweenStops).UtcTicks, stop)
                == stop
        )
        {
            Pause(AfterSuspicion);
            LogSuspicion(logger, refused, all, AfterSuspicion);
        }

        return isSuspicious;
    }

    private bool IsDue(App app, CheckTarget target) =>
        (
            target == CheckTarget.Own ? app.Verification : app.PendingReplacement?.Verification
        )?.NextCheckAt <= time.GetUtcNow();

    [LoggerMessage(1504, LogLevel.Error, "The check of {App} failed by itself")]
    private static partial void LogFault(ILogger logger, Exception fault, string app);

    [LoggerMessage(
        1505,
        LogLevel.Error,
        "{Refused} of the last {Checked} roles refused the External ID that they took before. The fault is probably the control plane's own: "
            + "its credentials, its account, or its policy for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity. The run stops for {Pause}"
    )]
    private static partial void LogSuspicion(
        ILogger logger,
        int refused,
        int @checked,
        TimeSpan pause
    );
}
