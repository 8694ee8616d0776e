using System.Globalization;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Limits;

/// <summary>
/// Tells the other instances, each second and through the table, what was used of the limits here, and counts what they tell. So a limit holds
/// for all instances together, but for what passes in a second or two. Where the table does not answer, each instance limits by itself.
/// </summary>
internal sealed partial class UsageExchange(
    StsBudget sts,
    RegistrationLimit registrations,
    Table table,
    TimeProvider time,
    ILogger<UsageExchange> logger
) : BackgroundService
{
    private const string Sequence = "sequence";
    private const string Told = "used";

    /// <summary>The most that is told at once, of those who used most: an item of some 20 KB a second is enough.</summary>
    private const int MostTold = 500;

    private const int AtOnce = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>After how long DynamoDB may drop what an instance told that is gone.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly string instance = Guid.NewGuid().ToString("N");
    private readonly Usage[] usages = [sts.People, sts.Organizations, registrations.Proofs];
    private Dictionary<string, long>? heard;
    private long sequence;
    private bool failing;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host starts no further while this runs synchronously.
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await ExchangeAsync(stoppingToken);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }

        await LeaveAsync();
    }

    /// <summary>Takes the own item away, which all others would go on reading. Where that fails, it expires.</summary>
    private async Task LeaveAsync()
    {
        if (sequence == 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(Interval, time);
        try
        {
            await table.WriteAsync([Write.Delete(Key.Usage(instance))], limit.Token);
        }
        catch (StorageUnavailableException)
        {
            // It expires.
        }
    }

    private async Task ExchangeAsync(CancellationToken stoppingToken)
    {
        try
        {
            await TellAsync(stoppingToken);
            await HearAsync(stoppingToken);
            failing = false;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            if (!failing && !stoppingToken.IsCancellationRequested)
            {
                LogAlone(
                    logger,
                    fault is StorageUnavailableException ? fault.Message : fault.GetType().Name
                );
            }

            failing = true;
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var used = usages
            .SelectMany(usage =>
                usage.TakeUnpublished().Select(u => (Name: $"{usage.Name}#{u.Key}", u.Count))
            )
            .OrderByDescending(u => u.Count)
            .Take(MostTold)
            .ToList();
        if (sts.TakeUnpublished() is > 0 and var calls)
        {
            used.Add((StsBudget.Process, calls));
        }

        if (used.Count == 0)
        {
            return;
        }

        await table.PutAsync(
            new Item(Key.Usage(instance))
                .Set(Sequence, ++sequence)
                .Set(Told, used.ConvertAll(u => $"{u.Count} {u.Name}"))
                .Expires(time.GetUtcNow() + Kept),
            cancellationToken
        );
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        var items = await ReadAsync(cancellationToken);
        var before = heard;
        heard = items
            .Where(i => i.Sort != Key.Usage(instance).Sort)
            .ToDictionary(i => i.Sort, i => i.Number(Sequence), StringComparer.Ordinal);
        if (before is null)
        {
            // What was told before this instance began is too old to count.
            return;
        }

        foreach (var item in items.Where(i => heard.ContainsKey(i.Sort)))
        {
            if (!before.TryGetValue(item.Sort, out var last) || last != heard[item.Sort])
            {
                Count(item.Strings(Told));
            }
        }
    }

    private async Task<List<Item>> ReadAsync(CancellationToken cancellationToken)
    {
        var all = new List<Item>();
        string? after = null;
        do
        {
            (var items, after) = await table.QueryAsync(
                new Query(Key.UsagePartition),
                after,
                AtOnce,
                cancellationToken
            );
            all.AddRange(items);
        } while (after is not null);

        return all;
    }

    private void Count(IReadOnlyList<string> told)
    {
        foreach (var parts in told.Select(t => t.Split([' ', '#'])))
        {
            var count = int.Parse(parts[0], CultureInfo.InvariantCulture);
            if (parts[1] == StsBudget.Process)
            {
                sts.NoteElsewhere(count);
                continue;
            }

            usages.FirstOrDefault(u => u.Name == parts[1])?.NoteElsewhere(parts[2], count);
        }
    }

    [LoggerMessage(
        1701,
        LogLevel.Warning,
        "The instances cannot tell each other what is used of the limits, so each limits by itself: {Reason}"
    )]
    private static partial void LogAlone(ILogger logger, string reason);
}
