using System.Security.Cryptography;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>What the operator does with data keys: adds one, and wraps all of them otherwise. None is ever removed.</summary>
internal sealed class DataKeyRotation(
    Table table,
    DataKeys keys,
    IKeyWrapper wrapper,
    TimeProvider time
)
{
    /// <summary>All keys are wrapped anew in one write, beside one check. DynamoDB API reference, TransactWriteItems: at most 100 items.</summary>
    public const int Most = 99;

    /// <summary>The table's keys, in their order.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<IReadOnlyList<StoredDataKey>> ListAsync(
        CancellationToken cancellationToken
    ) => [.. (await StoredDataKey.ReadAllAsync(table, cancellationToken)).OrderBy(k => k.Id)];

    /// <summary>Adds a key, which encrypts from now on: here at once, elsewhere within <see cref="DataKeyRefresh.Pause"/>.</summary>
    /// <returns>The new key; null where there are <see cref="Most"/>, or another one was added or wrapped meanwhile.</returns>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="ConfigurationException">The configured key is not the one that this table's keys were wrapped with.</exception>
    public async Task<StoredDataKey?> AddAsync(CancellationToken cancellationToken)
    {
        // Also proves that the configured key is the one that the others are wrapped with.
        await keys.RefreshAsync(cancellationToken);
        var stored = await ListAsync(cancellationToken);
        if (stored.Count >= Most)
        {
            return null;
        }

        var wrapped = await wrapper.WrapAsync(
            RandomNumberGenerator.GetBytes(AesGcmBox.KeyLength),
            cancellationToken
        );
        var key = new StoredDataKey(stored[^1].Id + 1, wrapped, time.GetUtcNow());
        var outcome = await table.WriteAsync(
            [key.Add(), Write.Check(Key.DataKey(stored[0].Id), stored[0].Stands)],
            cancellationToken
        );
        if (!outcome.Committed)
        {
            return null;
        }

        await keys.RefreshAsync(cancellationToken);
        return key;
    }

    /// <summary>
    /// Wraps every key with another wrapper, all of them in one write: with some wrapped so and some otherwise, no instance could start. The
    /// keys stay the same, and so does all that is encrypted under them.
    /// </summary>
    /// <returns>How many there are; null where one was added or wrapped meanwhile, and nothing is written.</returns>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="ConfigurationException">The configured key, or the other one, cannot be used.</exception>
    public async Task<int?> RewrapAsync(IKeyWrapper other, CancellationToken cancellationToken)
    {
        var stored = await ListAsync(cancellationToken);
        var writes = new List<Write>
        {
            Write.Check(Key.DataKey(stored[^1].Id + 1), Expression.NotExists),
        };
        foreach (var key in stored)
        {
            var dataKey = await wrapper.UnwrapAsync(key.Wrapped, cancellationToken);
            var otherwise = await other.WrapAsync(dataKey, cancellationToken);

            // What could be wrapped and not unwrapped again would be lost.
            var back = await other.UnwrapAsync(otherwise, cancellationToken);
            if (!CryptographicOperations.FixedTimeEquals(back, dataKey))
            {
                throw new InvalidDataException(
                    "What the other key wrapped does not unwrap to the same."
                );
            }

            writes.Add(key.Rewrap(otherwise));
        }

        var outcome = await table.WriteAsync(writes, cancellationToken);
        return outcome.Committed ? stored.Count : null;
    }
}
