using System.Text.RegularExpressions;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Storage;

/// <summary>
/// A DynamoDB expression with its values. Attribute names stand in it as <c>#name</c>, so that reserved words are no concern;
/// values as <c>:name</c>.
/// </summary>
internal sealed partial record Expression(string Text, params (string Name, object Value)[] Values)
{
    /// <summary>Nothing stands under the key yet.</summary>
    public static readonly Expression NotExists = new("attribute_not_exists(#pk)");

    /// <summary>Something stands under the key.</summary>
    public static readonly Expression Exists = new("attribute_exists(#pk)");

    /// <summary>The item stands as it was read: nobody has changed or deleted it since.</summary>
    public static Expression Version(long version) =>
        new("#version = :version", (":version", version));

    /// <summary>Both conditions hold. Values of one name must be the same in both.</summary>
    public Expression And(Expression other) =>
        new($"({Text}) AND ({other.Text})", [.. Values, .. other.Values]);

    /// <summary>The names that the expression mentions.</summary>
    public IEnumerable<string> Names =>
        NamePattern().Matches(Text).Select(m => m.Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex("#[A-Za-z]+")]
    private static partial Regex NamePattern();
}

/// <summary>One write of a transaction.</summary>
internal abstract record Write
{
    private Write() { }

    /// <summary>Puts an item, whatever stood there, if the condition holds.</summary>
    public static Write Put(Item item, Expression? condition = null) =>
        new PutItem(item, condition);

    /// <summary>Deletes what stands under the key, if the condition holds.</summary>
    public static Write Delete(Key key, Expression? condition = null) =>
        new DeleteItem(key, condition);

    /// <summary>Changes attributes of an item (made where it is missing), if the condition holds.</summary>
    public static Write Update(Key key, Expression update, Expression? condition = null) =>
        new UpdateItem(key, update, condition);

    /// <summary>Writes nothing; the transaction is only made if the condition holds for what stands under the key.</summary>
    public static Write Check(Key key, Expression condition) => new CheckItem(key, condition);

    /// <summary>The write as the SDK takes it.</summary>
    public abstract TransactWriteItem ToTransactItem(string table);

    private sealed record PutItem(Item Item, Expression? Condition) : Write
    {
        public override TransactWriteItem ToTransactItem(string table) =>
            new()
            {
                Put = new Put
                {
                    TableName = table,
                    Item = Item.Attributes,
                    ConditionExpression = Condition?.Text,
                    ExpressionAttributeNames = NamesOf(Condition),
                    ExpressionAttributeValues = ValuesOf(Condition),
                },
            };
    }

    private sealed record DeleteItem(Key Key, Expression? Condition) : Write
    {
        public override TransactWriteItem ToTransactItem(string table) =>
            new()
            {
                Delete = new Delete
                {
                    TableName = table,
                    Key = Table.KeyAttributes(Key),
                    ConditionExpression = Condition?.Text,
                    ExpressionAttributeNames = NamesOf(Condition),
                    ExpressionAttributeValues = ValuesOf(Condition),
                },
            };
    }

    private sealed record UpdateItem(Key Key, Expression Change, Expression? Condition) : Write
    {
        public override TransactWriteItem ToTransactItem(string table) =>
            new()
            {
                Update = new Update
                {
                    TableName = table,
                    Key = Table.KeyAttributes(Key),
                    UpdateExpression = Change.Text,
                    ConditionExpression = Condition?.Text,
                    ExpressionAttributeNames = NamesOf(Change, Condition),
                    ExpressionAttributeValues = ValuesOf(Change, Condition),
                },
            };
    }

    private sealed record CheckItem(Key Key, Expression Condition) : Write
    {
        public override TransactWriteItem ToTransactItem(string table) =>
            new()
            {
                ConditionCheck = new ConditionCheck
                {
                    TableName = table,
                    Key = Table.KeyAttributes(Key),
                    ConditionExpression = Condition.Text,
                    ExpressionAttributeNames = NamesOf(Condition),
                    ExpressionAttributeValues = ValuesOf(Condition),
                },
            };
    }

    // The SDK sends null members not at all, and DynamoDB refuses empty ones.
    internal static Dictionary<string, string>? NamesOf(params Expression?[] expressions)
    {
        var names = expressions
            .SelectMany(e => e?.Names ?? [])
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(n => n, n => n[1..], StringComparer.Ordinal);
        return names.Count == 0 ? null : names;
    }

    internal static Dictionary<string, AttributeValue>? ValuesOf(params Expression?[] expressions)
    {
        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var (name, value) in expressions.SelectMany(e => e?.Values ?? []))
        {
            values[name] = value switch
            {
                string s => new AttributeValue { S = s },
                long n => new AttributeValue
                {
                    N = n.ToString(System.Globalization.CultureInfo.InvariantCulture),
                },
                byte[] bytes => new AttributeValue { B = new MemoryStream(bytes) },
                Item map => new AttributeValue { M = map.Attributes },
                IEnumerable<string> list => new AttributeValue
                {
                    L = [.. list.Select(s => new AttributeValue { S = s })],
                },
                _ => throw new ArgumentException(
                    $"The value '{name}' has a type that no expression takes."
                ),
            };
        }

        return values.Count == 0 ? null : values;
    }
}

/// <summary>What became of a transaction: all of it, or nothing because conditions failed.</summary>
/// <param name="FailedConditions">The positions, in the order given, of the writes whose conditions did not hold.</param>
internal sealed record WriteOutcome(IReadOnlyList<int> FailedConditions)
{
    /// <summary>Everything was written.</summary>
    public static readonly WriteOutcome Done = new([]);

    /// <summary>Whether everything was written; otherwise nothing was.</summary>
    public bool Committed => FailedConditions.Count == 0;

    /// <summary>Whether the condition of the write at <paramref name="position"/> was among those that failed.</summary>
    public bool Failed(int position) => FailedConditions.Contains(position);
}
