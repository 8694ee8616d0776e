using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Storage;

/// <summary>A secondary index: items that have both of its attributes, by the one, in the order of the other.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PartitionAttribute">The attribute that is the index's partition.</param>
/// <param name="SortAttribute">The attribute that is the index's order.</param>
/// <param name="Projection">What of an item the index holds beside its keys.</param>
internal sealed record TableIndex(
    string Name,
    string PartitionAttribute,
    string SortAttribute,
    ProjectionType Projection
)
{
    /// <summary>The keys as the SDK takes them.</summary>
    public List<KeySchemaElement> Keys =>
        [
            new KeySchemaElement(PartitionAttribute, KeyType.HASH),
            new KeySchemaElement(SortAttribute, KeyType.RANGE),
        ];
}

/// <summary>
/// The table as this program needs it. <c>deploy/table.cloudformation.yaml</c> is the same definition for a deployment; a test
/// holds the two together.
/// </summary>
internal static class TableDefinition
{
    /// <summary>The attribute by which DynamoDB drops what has expired.</summary>
    public const string TimeToLiveAttribute = Item.ExpiresAt;

    /// <summary>The attribute of the queue in which a check waits.</summary>
    public const string CheckQueueAttribute = "checkQueue";

    /// <summary>The attribute of when a check is due.</summary>
    public const string CheckAtAttribute = "checkAt";

    /// <summary>
    /// The apps that wait for a check of their role, by the name of a queue and the time it is due: keys only. It may lag; whoever reads it
    /// reads the app itself as well.
    /// </summary>
    public static readonly TableIndex Checks = new(
        "checks",
        CheckQueueAttribute,
        CheckAtAttribute,
        ProjectionType.KEYS_ONLY
    );

    /// <summary>The ledger's entries by person, then by organization and time.</summary>
    public static readonly TableIndex IssuancesByPerson = new(
        "issuancesByPerson",
        "userId",
        "issuedToPerson",
        ProjectionType.ALL
    );

    /// <summary>The ledger's entries by app, then by time.</summary>
    public static readonly TableIndex IssuancesByApp = new(
        "issuancesByApp",
        "issuedForApp",
        "sk",
        ProjectionType.ALL
    );

    /// <summary>Every index.</summary>
    public static readonly IReadOnlyList<TableIndex> Indexes =
    [
        Checks,
        IssuancesByPerson,
        IssuancesByApp,
    ];

    /// <summary>The request that makes the table.</summary>
    public static CreateTableRequest CreateRequest(string tableName) =>
        new()
        {
            TableName = tableName,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            KeySchema =
            [
                new KeySchemaElement("pk", KeyType.HASH),
                new KeySchemaElement("sk", KeyType.RANGE),
            ],
            AttributeDefinitions =
            [
                .. ((string[])["pk", "sk", .. Indexes.SelectMany(AttributesOf)])
                    .Distinct(StringComparer.Ordinal)
                    .Select(Text),
            ],
            GlobalSecondaryIndexes =
            [
                .. Indexes.Select(index => new GlobalSecondaryIndex
                {
                    IndexName = index.Name,
                    KeySchema = index.Keys,
                    Projection = new Projection { ProjectionType = index.Projection },
                }),
            ],
        };

    /// <summary>The request that gives an index to a table which was made before there was one.</summary>
    public static UpdateTableRequest AddIndexRequest(string tableName, TableIndex index) =>
        new()
        {
            TableName = tableName,
            AttributeDefinitions = [.. AttributesOf(index).Select(Text)],
            GlobalSecondaryIndexUpdates =
            [
                new GlobalSecondaryIndexUpdate
                {
                    Create = new CreateGlobalSecondaryIndexAction
                    {
                        IndexName = index.Name,
                        KeySchema = index.Keys,
                        Projection = new Projection { ProjectionType = index.Projection },
                    },
                },
            ],
        };

    private static string[] AttributesOf(TableIndex index) =>
        [index.PartitionAttribute, index.SortAttribute];

    private static AttributeDefinition Text(string name) => new(name, ScalarAttributeType.S);
}
