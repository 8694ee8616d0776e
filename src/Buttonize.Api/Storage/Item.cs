using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Storage;

/// <summary>
/// One item, or a map inside one, with typed attributes. A missing attribute that must be there is a fault: the item was not
/// written by this program.
/// </summary>
internal sealed class Item
{
    /// <summary>The attribute with the item's schema version.</summary>
    public const string SchemaVersion = "v";

    /// <summary>The attribute by which DynamoDB expires items: epoch seconds.</summary>
    public const string ExpiresAt = "expiresAt";

    /// <summary>Wraps what DynamoDB returned.</summary>
    public Item(Dictionary<string, AttributeValue> attributes) => Attributes = attributes;

    /// <summary>A new item of schema version 1.</summary>
    public Item(Key key)
        : this([])
    {
        Set("pk", key.Partition).Set("sk", key.Sort).Set(SchemaVersion, 1);
    }

    /// <summary>A new map, to be put into an item.</summary>
    public Item()
        : this([]) { }

    /// <summary>The attributes as the SDK takes them.</summary>
    public Dictionary<string, AttributeValue> Attributes { get; }

    /// <summary>The item's sort key.</summary>
    public string Sort => String("sk");

    public Item Set(string name, string? value) =>
        value is null ? this : Put(name, new AttributeValue { S = value });

    public Item Set(string name, long? value) =>
        value is { } number
            ? Put(name, new AttributeValue { N = number.ToString(CultureInfo.InvariantCulture) })
            : this;

    public Item Set(string name, bool? value) =>
        value is { } flag ? Put(name, new AttributeValue { BOOL = flag }) : this;

    public Item Set(string name, byte[] value) =>
        Put(name, new AttributeValue { B = new MemoryStream(value) });

    public Item Set(string name, IEnumerable<string> values) =>
        Put(name, new AttributeValue { L = [.. values.Select(v => new AttributeValue { S = v })] });

    public Item Set(string name, IEnumerable<Item> maps) =>
        Put(
            name,
            new AttributeValue
            {
                L = [.. maps.Select(map => new AttributeValue { M = map.Attributes })],
            }
        );

    public Item Set(string name, Item? map) =>
        map is null ? this : Put(name, new AttributeValue { M = map.Attributes });

    /// <summary>A time, stored as RFC 3339 in UTC to the millisecond.</summary>
    public Item Set(string name, DateTimeOffset? value) =>
        value is { } time ? Set(name, Format(time)) : this;

    /// <summary>A time as it is stored.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>When DynamoDB may drop the item. It does so late, so readers compare the time themselves.</summary>
    public Item Expires(DateTimeOffset? at) =>
        at is { } time ? Set(ExpiresAt, time.ToUnixTimeSeconds()) : this;

    public string String(string name) => Find(name)?.S ?? throw Missing(name);

    public string? OptionalString(string name) => Find(name)?.S;

    public long Number(string name) =>
        long.Parse(Find(name)?.N ?? throw Missing(name), CultureInfo.InvariantCulture);

    public long? OptionalNumber(string name) =>
        Find(name)?.N is { } n ? long.Parse(n, CultureInfo.InvariantCulture) : null;

    public bool Flag(string name) => OptionalFlag(name) ?? throw Missing(name);

    public bool? OptionalFlag(string name) => Find(name)?.BOOL;

    public byte[] Bytes(string name) => Find(name)?.B?.ToArray() ?? throw Missing(name);

    public IReadOnlyList<string> Strings(string name) =>
        Find(name)?.L?.ConvertAll(v => v.S) ?? throw Missing(name);

    public IReadOnlyList<Item> Maps(string name) =>
        Find(name)?.L?.ConvertAll(v => new Item(v.M)) ?? throw Missing(name);

    public Item? OptionalMap(string name) => Find(name)?.M is { } map ? new Item(map) : null;

    public Item Map(string name) => OptionalMap(name) ?? throw Missing(name);

    public DateTimeOffset Time(string name) => OptionalTime(name) ?? throw Missing(name);

    public DateTimeOffset? OptionalTime(string name) =>
        OptionalString(name) is { } text
            ? DateTimeOffset.Parse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal
            )
            : null;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private AttributeValue? Find(string name) => Attributes.GetValueOrDefault(name);

    private Item Put(string name, AttributeValue value)
    {
        Attributes[name] = value;
        return this;
    }

    // Only the attribute's name: values may be personal.
    private static InvalidDataException Missing(string name) =>
        new($"A stored item lacks the attribute '{name}'.");
}
