using System.Security.Cryptography;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>How far it is.</summary>
/// <param name="Looked">How many items of the table were looked at.</param>
/// <param name="Reencrypted">How many External IDs were encrypted anew.</param>
/// <param name="ByKey">How many External IDs stand under which data key, of those looked at.</param>
/// <param name="Unreadable">The apps whose External ID does not open at all.</param>
internal sealed record ReencryptionProgress(
    long Looked,
    long Reencrypted,
    IReadOnlyDictionary<int, long> ByKey,
    IReadOnlyList<string> Unreadable
);

/// <summary>
/// Encrypts every External ID under the newest data key: those of apps, and those of pending replacements. There are no others. Beside instances
/// that serve: nothing that they or their callers can see changes, so no version does either. What an instance writes of an app that it read
/// before can bring an older ciphertext back, which opens as before, and which the next run finds; so does a run that was stopped.
/// </summary>
internal sealed class Reencryption(
    TableScan scan,
    Table table,
    DataKeys keys,
    ExternalIds externalIds
)
{
    private const string Attribute = "externalId";
    private const string Replacement = "pendingReplacement";
    private const int Tries = 5;

    private readonly Dictionary<int, long> byKey = [];
    private readonly List<string> unreadable = [];
    private long looked;
    private long reencrypted;

    /// <summary>Goes through the table once.</summary>
    /// <param name="unitsPerSecond">How many read units that takes of it at most.</param>
    /// <param name="cancellationToken">Ends it; what is done stays done.</param>
    /// <returns>How far it is, after each step.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async IAsyncEnumerable<ReencryptionProgress> RunAsync(
        int unitsPerSecond,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var pages = scan.ReadAsync(
            Key.AppPrefix,
            [Attribute, $"{Replacement}.{Attribute}"],
            unitsPerSecond,
            cancellationToken
        );
        await foreach (var (apps, count) in pages)
        {
            foreach (var app in apps)
            {
                await DoAsync(new Key(app.String("pk"), app.Sort), app, cancellationToken);
            }

            looked += count;
            yield return new ReencryptionProgress(looked, reencrypted, byKey, unreadable);
        }
    }

    private async Task DoAsync(Key key, Item? app, CancellationToken cancellationToken)
    {
        var ring = await keys.GetAsync(cancellationToken);
        for (var attempt = 1; app is not null; attempt++)
        {
            var ids = CiphertextsOf(app).Select(KeyRing.IdOf).ToList();
            if (ids.TrueForAll(id => id == ring.Newest) || attempt > Tries)
            {
                ids.ForEach(id => byKey[id] = byKey.GetValueOrDefault(id) + 1);
                return;
            }

            try
            {
                if (await TryAsync(key, app, ring, cancellationToken))
                {
                    reencrypted += ids.Count(id => id != ring.Newest);
                }
            }
            catch (CryptographicException)
            {
                unreadable.Add($"{key.ToApp().Organization}/{key.ToApp().App}");
                return;
            }

            app = await table.GetAsync(key, cancellationToken);
        }
    }

    /// <summary>One try; false where the app has changed since it was read.</summary>
    private async Task<bool> TryAsync(
        Key key,
        Item app,
        KeyRing ring,
        CancellationToken cancellationToken
    )
    {
        var old = app.Bytes(Attribute);
        var change = new Expression(
            $"SET #{Attribute} = :new",
            (":new", await SealAnewAsync(key, old, ring, cancellationToken))
        );
        var condition = new Expression($"#{Attribute} = :old", (":old", old));
        if (app.OptionalMap(Replacement)?.Bytes(Attribute) is { } pending)
        {
            var anew = await SealAnewAsync(key, pending, ring, cancellationToken);
            change = new Expression(
                $"{change.Text}, #{Replacement}.#{Attribute} = :newPending",
                [.. change.Values, (":newPending", anew)]
            );
            condition = condition.And(
                new Expression(
                    $"#{Replacement}.#{Attribute} = :oldPending",
                    (":oldPending", pending)
                )
            );
        }

        return await table.UpdateAsync(key, change, condition, cancellationToken);
    }

    private async Task<byte[]> SealAnewAsync(
        Key key,
        byte[] ciphertext,
        KeyRing ring,
        CancellationToken cancellationToken
    )
    {
        var (organization, app) = key.ToApp();
        var externalId = await externalIds.OpenAsync(
            ciphertext,
            organization,
            app,
            cancellationToken
        );
        return ExternalIds.Seal(ring, externalId, organization, app);
    }

    private static IEnumerable<byte[]> CiphertextsOf(Item app)
    {
        yield return app.Bytes(Attribute);
        if (app.OptionalMap(Replacement) is { } pending)
        {
            yield return pending.Bytes(Attribute);
        }
    }
}
