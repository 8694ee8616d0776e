using Buttonize.Api.Aws;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Hosting;

/// <summary>One dependency's state.</summary>
/// <param name="Status"><c>healthy</c> or <c>unhealthy</c>.</param>
/// <param name="Detail">What is wrong, or null.</param>
internal sealed record ReadinessEntry(string Status, string? Detail = null)
{
    public const string Healthy = "healthy";
    public const string Unhealthy = "unhealthy";
}

/// <summary>The answer of <c>GET /health/ready</c>.</summary>
internal sealed record ReadinessReport(
    string Status,
    ReadinessEntry Dynamodb,
    ReadinessEntry Sts,
    DateTimeOffset CheckedAt
);

/// <summary>Asks DynamoDB and STS how they are, at most once in a few seconds however many probes ask.</summary>
internal sealed class Readiness(Table table, DataKeys keys, IRoleAssumer assumer, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim gate = new(1);
    private ReadinessReport? last;
    private long checkedAt;

    /// <summary>The state now, or a few seconds ago.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (last is { } known && time.GetElapsedTime(checkedAt) < Kept)
            {
                return known;
            }

            // Not under the caller's token: what a probe that gave up leaves behind is the next one's answer.
            var (dynamodb, sts) = (DynamoDbAsync(), StsAsync());
            await Task.WhenAll(dynamodb, sts);
            var status =
                (await dynamodb).Status == ReadinessEntry.Unhealthy ? ReadinessEntry.Unhealthy
                : (await sts).Status == ReadinessEntry.Unhealthy ? "degraded"
                : ReadinessEntry.Healthy;
            checkedAt = time.GetTimestamp();
            return last = new ReadinessReport(status, await dynamodb, await sts, time.GetUtcNow());
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<ReadinessEntry> DynamoDbAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            // The key ring is cached, so the root key's item is read as well: that is the probe.
            await keys.GetAsync(limit.Token);
            return await table.GetAsync(Key.DataKey(KeyRing.RootId), limit.Token) is not null
                ? new ReadinessEntry(ReadinessEntry.Healthy)
                : new ReadinessEntry(ReadinessEntry.Unhealthy, "The table has lost its data keys.");
        }
        catch (StorageUnavailableException fault)
        {
            return new ReadinessEntry(ReadinessEntry.Unhealthy, fault.Message);
        }
    }

    private async Task<ReadinessEntry> StsAsync()
    {
        using var limit = new CancellationTokenSource(Limit, time);
        var fault = await assumer.ProbeAsync(limit.Token);
        return fault is null
            ? new ReadinessEntry(ReadinessEntry.Healthy)
            : new ReadinessEntry(ReadinessEntry.Unhealthy, fault);
    }
}
