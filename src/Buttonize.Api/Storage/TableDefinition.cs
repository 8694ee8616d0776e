using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Storage;

/// <summary>
/// The table as this program needs it. <c>deploy/table.cloudformation.yaml</c> is the same definition for a deployment; a test
/// holds the two together.
/// </summary>
internal static class TableDefinition
{
    /// <summary>The attribute by which DynamoDB drops what has expired.</summary>
    public const string TimeToLiveAttribute = Item.ExpiresAt;

    /// <summary>
    /// The index of the apps that wait for a check of their role, by the time it is due: sparse, keys only. It may lag; whoever reads it
    /// reads the app itself as well.
    /// </summary>
    public const string ChecksIndex = "checks";

    /// <summary>The index's partition: the name of a queue.</summary>
    public const string CheckQueueAttribute = "checkQueue";

    /// <summary>The index's order: when the check is due.</summary>
    public const string CheckAtAttribute = "checkAt";

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
                new AttributeDefinition("pk", ScalarAttributeType.S),
                new AttributeDefinition("sk", ScalarAttributeType.S),
                .. IndexAttributes,
            ],
            GlobalSecondaryIndexes =
            [
                new GlobalSecondaryIndex
                {
                    IndexName = ChecksIndex,
                    KeySchema = IndexKeys,
                    Projection = KeysOnly,
                },
            ],
        };

    /// <summary>The request that gives the index to a table which was made before there was one.</summary>
    public static UpdateTableRequest AddIndexRequest(string tableName) =>
        new()
        {
            TableName = tableName,
            AttributeDefinitions = IndexAttributes,
            GlobalSecondaryIndexUpdates =
            [
                new GlobalSecondaryIndexUpdate
                {
                    Create = new CreateGlobalSecondaryIndexAction
                    {
                        IndexName = ChecksIndex,
                        KeySchema = IndexKeys,
                        Projection = KeysOnly,
                    },
                },
            ],
        };

    private static List<AttributeDefinition> IndexAttributes =>
        [
            new AttributeDefinition(CheckQueueAttribute, ScalarAttributeType.S),
            new AttributeDefinition(CheckAtAttribute, ScalarAttributeType.S),
        ];

    private static List<KeySchemaElement> IndexKeys =>
        [
            new KeySchemaElement(CheckQueueAttribute, KeyType.HASH),
            new KeySchemaElement(CheckAtAttribute, KeyType.RANGE),
        ];

    private static Projection KeysOnly => new() { ProjectionType = ProjectionType.KEYS_ONLY };
}
