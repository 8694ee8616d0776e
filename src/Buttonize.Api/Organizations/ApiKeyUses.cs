using Buttonize.Api.Access;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Caching.Memory;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Writes down when a key was last used, beside the call that uses it: the call neither waits for that nor fails with it.
/// </summary>
internal sealed partial class ApiKeyUses(Table table, TimeProvider time, ILogger<ApiKeyUses> logger)
    : IDisposable
{
    /// <summary>A key's use is tried to be written at most this often by one instance, so that reads do not become writes.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private const int KeysRemembered = 10_000;

    private readonly Lock gate = new();
    private readonly MemoryCache tried = new(new MemoryCacheOptions { SizeLimit = KeysRemembered });
    private readonly HashSet<ApiKeyId> writing = [];
    private readonly CancellationTokenSource stopped = new();

    /// <summary>Notes a use; returns at once.</summary>
    public void Note(Deployment deployment)
    {
        var now = time.GetUtcNow();
        if (!Begin(deployment.Key, now))
        {
            return;
        }

        // Without the request's context: this outlives the request, and belongs to no trace or log of it.
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => WriteAsync(deployment, now), CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            stopped.Cancel();
            stopped.Dispose();
            tried.Dispose();
        }
    }

    private bool Begin(ApiKeyId key, DateTimeOffset now)
    {
        lock (gate)
        {
            if (
                stopped.IsCancellationRequested
                || (tried.TryGetValue<DateTimeOffset>(key, out var last) && now - last < Pause)
                || !writing.Add(key)
            )
            {
                return false;
            }

            tried.Set(key, now, new MemoryCacheEntryOptions { Size = 1 });
            return true;
        }
    }

    private async Task WriteAsync(Deployment deployment, DateTimeOffset now)
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(
                limit.Token,
                stopped.Token
            );

            // Only where the key still stands: one that is being deleted must not come back as half an item.
            await table.UpdateAsync(
                Key.ApiKey(deployment.Organization, deployment.Key),
                new Expression("SET #lastUsedAt = :now", (":now", Item.Format(now))),
                Expression.Exists,
                either.Token
            );
        }
        catch (Exception) when (stopped.IsCancellationRequested)
        {
            // The process ends; one use is not worth waiting for.
        }
        catch (Exception fault)
        {
            // Nobody awaits this. The key works all the same, and its next use is noted after the pause.
            LogNotNoted(
                logger,
                fault is StorageUnavailableException ? fault.Message : fault.GetType().Name
            );
        }
        finally
        {
            lock (gate)
            {
                writing.Remove(deployment.Key);
            }
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "The use of an API key could not be noted: {Reason}")]
    private static partial void LogNotNoted(ILogger logger, string reason);
}
