using System.Security.Cryptography;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>
/// Holds the table's <see cref="KeyRing"/>: makes its root key the first time, reads it once, and again when a ciphertext names a key
/// that came later, and every few minutes (<see cref="DataKeyRefresh"/>).
/// </summary>
internal sealed class DataKeys(Table table, IKeyWrapper wrapper, TimeProvider time) : IDisposable
{
    /// <summary>
    /// How long the ring is not read again after it was read again: a ciphertext with a made-up key id must not cost a read each time.
    /// </summary>
    public static readonly TimeSpan RereadPause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim gate = new(1);
    private KeyRing? ring;
    private long? reread;

    /// <summary>The key ring. A failed attempt is not remembered.</summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="Hosting.ConfigurationException">The configured key is not the one this table's keys were wrapped with.</exception>
    public async ValueTask<KeyRing> GetAsync(CancellationToken cancellationToken)
    {
        if (ring is { } known)
        {
            return known;
        }

        await EnterAsync(cancellationToken);
        try
        {
            return ring ??=
                await ReadAsync(null, cancellationToken) ?? await CreateAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Reads what <see cref="KeyRing.Encrypt"/> made, here or on an instance that knew of a newer key first.</summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="CryptographicException">It was changed or belongs to something else.</exception>
    public async Task<string> DecryptAsync(
        byte[] ciphertext,
        string associatedData,
        CancellationToken cancellationToken
    )
    {
        var known = await GetAsync(cancellationToken);
        if (!known.HasKeyOf(ciphertext))
        {
            known = await RereadAsync(known, cancellationToken);
        }

        return known.Decrypt(ciphertext, associatedData);
    }

    /// <summary>
    /// Reads the ring again, so that a key which was added since encrypts from now on. Then it unwraps the newest key once more, though it is
    /// known: a key in KMS that is disabled or about to be deleted is to be noticed while instances run that still have what it opens.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="Hosting.ConfigurationException">The configured key does not open the newest one. What was read is in use all the same.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var known = await GetAsync(cancellationToken);
        await EnterAsync(cancellationToken);
        try
        {
            var stored = await StoredDataKey.ReadAllAsync(table, cancellationToken);
            ring = await OpenAsync(stored, known, cancellationToken) ?? known;
            if (stored.MaxBy(key => key.Id) is { } newest)
            {
                CryptographicOperations.ZeroMemory(
                    await wrapper.UnwrapAsync(newest.Wrapped, cancellationToken)
                );
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    /// <summary>The ring as the table has it now, or as it was where it has just been read again.</summary>
    private async Task<KeyRing> RereadAsync(KeyRing stale, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            if (ring != stale || (reread is { } last && time.GetElapsedTime(last) < RereadPause))
            {
                return ring!;
            }

            var current = await ReadAsync(stale, cancellationToken) ?? stale;
            reread = time.GetTimestamp();
            return ring = current;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
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
    }

    /// <summary>The ring of the table, null where it has no keys yet. Keys that are <paramref name="known"/> are not unwrapped again.</summary>
    private async Task<KeyRing?> ReadAsync(KeyRing? known, CancellationToken cancellationToken) =>
        await OpenAsync(
            await StoredDataKey.ReadAllAsync(table, cancellationToken),
            known,
            cancellationToken
        );

    private async Task<KeyRing?> OpenAsync(
        IReadOnlyList<StoredDataKey> stored,
        KeyRing? known,
        CancellationToken cancellationToken
    )
    {
        var keys = new Dictionary<int, byte[]>(stored.Count);
        foreach (var key in stored)
        {
            keys[key.Id] =
                known?.Find(key.Id) ?? await wrapper.UnwrapAsync(key.Wrapped, cancellationToken);
        }

        return keys.Count == 0 ? null : new KeyRing(keys);
    }

    private async Task<KeyRing> CreateAsync(CancellationToken cancellationToken)
    {
        var wrapped = await wrapper.WrapAsync(
            RandomNumberGenerator.GetBytes(AesGcmBox.KeyLength),
            cancellationToken
        );
        var root = new StoredDataKey(KeyRing.RootId, wrapped, time.GetUtcNow());

        // Whoever comes second uses the first one's key: what counts is what the table holds.
        await table.WriteAsync([root.Add()], cancellationToken);
        return await ReadAsync(null, cancellationToken)
            ?? throw new InvalidDataException(
                "The table's root key was written and cannot be read."
            );
    }
}
