using System.Globalization;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>A data key as it is stored: wrapped, of no use to whoever reads the table alone.</summary>
/// <param name="Id">Its number; 1 is the root.</param>
/// <param name="Wrapped">The key, encrypted by the KMS key or the key file.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record StoredDataKey(int Id, byte[] Wrapped, DateTimeOffset CreatedAt)
{
    private const string WrappedAttribute = "wrapped";
    private const int AtOnce = 1000;

    /// <summary>Holds while the key is there, wrapped as it was read.</summary>
    public Expression Stands => new($"#{WrappedAttribute} = :wrapped", (":wrapped", Wrapped));

    /// <summary>All keys of the table.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public static async Task<IReadOnlyList<StoredDataKey>> ReadAllAsync(
        Table table,
        CancellationToken cancellationToken
    )
    {
        var keys = new List<StoredDataKey>();
        string? after = null;
        bool more;
        do
        {
            (var items, more) = await table.QueryAsync(
                Key.DataKeyPartition,
                Key.DataKeyPrefix,
                after,
                AtOnce,
                cancellationToken
            );
            keys.AddRange(
                items.Select(item => new StoredDataKey(
                    IdOf(item),
                    item.Bytes(WrappedAttribute),
                    item.Time("createdAt")
                ))
            );
            after = items.Count > 0 ? items[^1].Sort : after;
        } while (more);

        return keys;
    }

    /// <summary>The write of a new key; its condition fails where the number is taken.</summary>
    public Write Add() =>
        Write.Put(
            new Item(Key.DataKey(Id)).Set(WrappedAttribute, Wrapped).Set("createdAt", CreatedAt),
            Expression.NotExists
        );

    /// <summary>The write that wraps the same key otherwise; its condition fails where somebody else has.</summary>
    public Write Rewrap(byte[] otherwise) =>
        Write.Update(
            Key.DataKey(Id),
            new Expression($"SET #{WrappedAttribute} = :otherwise", (":otherwise", otherwise)),
            Stands
        );

    private static int IdOf(Item item) =>
        int.TryParse(
            item.Sort.AsSpan(Key.DataKeyPrefix.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var id
        ) && id is >= KeyRing.RootId and <= KeyRing.MaximumId
            ? id
            : throw new InvalidDataException(
                $"The data key '{item.Sort}' has no number for an id."
            );
}
