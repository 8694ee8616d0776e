using System.Text.Json;

namespace Buttonize.LocalAws;

/// <summary>A JSON document that is not understood in full, with the reason; it is refused whole.</summary>
internal sealed class DocumentRefusedException(string reason) : Exception(reason);

/// <summary>
/// A JSON object of which every member is known. Unknown and duplicate members are refused by name, so
/// that a typing error never passes for an absent member. A null counts as absent where a member is optional; where
/// absence grants something, <see cref="OptionalNotNull"/> refuses it.
/// </summary>
internal sealed class StrictObject
{
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly string where;

    public StrictObject(JsonElement element, string where, params ReadOnlySpan<string> known)
    {
        this.where = where;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentRefusedException($"{where} must be a JSON object.");
        }
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new DocumentRefusedException(
                    $"{where} has the member '{property.Name}', which is not supported."
                );
            }
            if (!members.TryAdd(property.Name, property.Value))
            {
                throw new DocumentRefusedException(
                    $"{where} has the member '{property.Name}' more than once."
                );
            }
        }
    }

    public bool Has(string name) => Optional(name) is not null;

    public JsonElement? Optional(string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>For a member whose absence grants something, so that a null never does.</summary>
    public JsonElement? OptionalNotNull(string name) =>
        members.TryGetValue(name, out var value) ? NotNull(name, value) : null;

    public JsonElement Required(string name) =>
        OptionalNotNull(name) ?? throw new DocumentRefusedException($"{where} lacks '{name}'.");

    public string Text(string name) => AsText(name, Required(name));

    public string? OptionalText(string name) =>
        Optional(name) is { } value ? AsText(name, value) : null;

    public bool? OptionalFlag(string name) =>
        Optional(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            _ => throw Refused(name, "must be true or false"),
        };

    public int? OptionalNumber(string name, int least, int most)
    {
        if (Optional(name) is not { } value)
        {
            return null;
        }
        if (
            value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }
        throw Refused(name, $"must be a whole number from {least} to {most}");
    }

    public IReadOnlyList<JsonElement> Items(string name)
    {
        var value = Required(name);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()]
            : throw Refused(name, "must be a list");
    }

    public DocumentRefusedException Refused(string name, string reason) =>
        new($"{where}: '{name}' {reason}.");

    private JsonElement NotNull(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? throw Refused(name, "must not be null") : value;

    private string AsText(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Refused(name, "must be a string");
}
