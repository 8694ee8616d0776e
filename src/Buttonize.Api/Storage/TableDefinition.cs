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
            ],
        };
}
