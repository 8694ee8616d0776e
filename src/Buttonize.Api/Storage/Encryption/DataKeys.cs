using System.Security.Cryptography;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>Reads the table's <see cref="KeyRing"/> once for the life of the process, and makes its root key the first time.</summary>
internal sealed class DataKeys(Table table, IKeyWrapper wrapper, TimeProvider time) : IDisposable
{
    private const string Wrapped = "wrapped";

    private readonly SemaphoreSlim gate = new(1);
    private KeyRing? ring;

    /// <summary>The key ring. A failed attempt is not remembered.</summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="Hosting.ConfigurationException">The configured key is not the one this table's keys were wrapped with.</exception>
    public async ValueTask<KeyRing> GetAsync(CancellationToken cancellationToken)
    {
        if (ring is { } known)
        {
            return known;
        }

        try
        {
            await gate.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException canceled)
        {
            throw new StorageUnavailableException(
                "The data keys could not be read when the call's time was up.",
                canceled
            );
        }

        try
        {
            return ring ??=
                await ReadAsync(cancellationToken) ?? await CreateAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private async Task<KeyRing?> ReadAsync(CancellationToken cancellationToken)
    {
        var (items, _) = await table.QueryAsync(
            Key.DataKeyPartition,
            Key.DataKeyPrefix,
            null,
            1000,
            cancellationToken
        );
        var keys = new List<byte[]>(items.Count);
        foreach (var item in items)
        {
            keys.Add(await wrapper.UnwrapAsync(item.Bytes(Wrapped), cancellationToken));
        }

        return keys.Count == 0 ? null : new KeyRing(keys);
    }

    private async Task<KeyRing> CreateAsync(CancellationToken cancellationToken)
    {
        var wrapped = await wrapper.WrapAsync(
            RandomNumberGenerator.GetBytes(AesGcmBox.KeyLength),
            cancellationToken
        );
        var item = new Item(Key.DataKey(KeyRing.RootId))
            .Set(Wrapped, wrapped)
            .Set("createdAt", time.GetUtcNow());

        // Whoever comes second uses the first one's key: what counts is what the table holds.
        await table.WriteAsync([Write.Put(item, Expression.NotExists)], cancellationToken);
        return await ReadAsync(cancellationToken)
            ?? throw new InvalidDataException(
                "The table's root key was written and cannot be read."
            );
    }
}
