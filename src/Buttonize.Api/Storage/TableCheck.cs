using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage;

/// <summary>
/// Looks, once at the start, whether a table that somebody else made is as this program needs it. A table that lacks an index serves every
/// call but those of the index, and those can be the background's alone, which nobody waits for.
/// </summary>
internal sealed partial class TableCheck(
    IAmazonDynamoDB client,
    IOptions<ButtonizeOptions> options,
    ILogger<TableCheck> logger
)
{
    /// <summary>Tells the log what is wrong. It never stops the start: what works should work.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var name = options.Value.TableName;
        try
        {
            var table = await client
                .DescribeTableAsync(name, cancellationToken)
                .WaitAsync(cancellationToken);
            var expiry = await client
                .DescribeTimeToLiveAsync(name, cancellationToken)
                .WaitAsync(cancellationToken);
            var differences = Differences(table.Table, expiry.TimeToLiveDescription).ToList();
            if (differences.Count > 0)
            {
                LogDifferences(logger, name, string.Join("; ", differences));
            }
        }
        catch (Exception fault)
            when (fault
                    is AmazonServiceException
                        or AmazonClientException
                        or HttpRequestException
                        or IOException
                        or OperationCanceledException
            )
        {
            var refused = fault as AmazonServiceException;
            LogUnknown(logger, name, refused?.ErrorCode ?? "no answer", refused?.RequestId);
        }
    }

    /// <summary>What the table lacks, or has otherwise.</summary>
    internal static IEnumerable<string> Differences(
        TableDescription found,
        TimeToLiveDescription? expiry
    )
    {
        var needed = TableDefinition.CreateRequest(found.TableName);
        if (!SameKeys(needed.KeySchema, needed.AttributeDefinitions, found.KeySchema, found))
        {
            yield return "its own key is another one";
        }

        foreach (var index in needed.GlobalSecondaryIndexes)
        {
            var there = found.GlobalSecondaryIndexes?.Find(i => i.IndexName == index.IndexName);
            if (there is null)
            {
                yield return $"the index '{index.IndexName}' is missing";
            }
            else if (
                !SameKeys(index.KeySchema, needed.AttributeDefinitions, there.KeySchema, found)
            )
            {
                yield return $"the index '{index.IndexName}' has other keys";
            }
            else if (!Projects(index.Projection, there.Projection))
            {
                yield return $"the index '{index.IndexName}' has too few attributes";
            }
            else if (there.IndexStatus != IndexStatus.ACTIVE)
            {
                yield return $"the index '{index.IndexName}' is not ready yet ({there.IndexStatus})";
            }
        }

        if (
            expiry?.AttributeName != TableDefinition.TimeToLiveAttribute
            || !(
                expiry.TimeToLiveStatus == TimeToLiveStatus.ENABLED
                || expiry.TimeToLiveStatus == TimeToLiveStatus.ENABLING
            )
        )
        {
            yield return $"time to live is not on for '{TableDefinition.TimeToLiveAttribute}', so nothing that expires is ever dropped";
        }
    }

    private static bool SameKeys(
        List<KeySchemaElement> needed,
        List<AttributeDefinition> types,
        List<KeySchemaElement> found,
        TableDescription table
    ) =>
        needed
            .Select(k => (k.AttributeName, k.KeyType, TypeOf(types, k)))
            .SequenceEqual(
                found.Select(k =>
                    (k.AttributeName, k.KeyType, TypeOf(table.AttributeDefinitions, k))
                )
            );

    private static ScalarAttributeType? TypeOf(
        List<AttributeDefinition> types,
        KeySchemaElement key
    ) => types.Find(t => t.AttributeName == key.AttributeName)?.AttributeType;

    private static bool Projects(Projection needed, Projection found) =>
        found.ProjectionType == ProjectionType.ALL
        || (
            found.ProjectionType == needed.ProjectionType
            && (needed.NonKeyAttributes ?? []).TrueForAll(a =>
                found.NonKeyAttributes?.Contains(a) == true
            )
        );

    [LoggerMessage(
        1003,
        LogLevel.Error,
        "The table {Table} is not as this version needs it: {Differences}. Deploy deploy/table.cloudformation.yaml"
    )]
    private static partial void LogDifferences(ILogger logger, string table, string differences);

    [LoggerMessage(
        1004,
        LogLevel.Warning,
        "Whether the table {Table} is as this version needs it is unknown ({Code}, AWS request {AwsRequestId}); "
            + "allow the control plane dynamodb:DescribeTable and dynamodb:DescribeTimeToLive on it"
    )]
    private static partial void LogUnknown(
        ILogger logger,
        string table,
        string code,
        string? awsRequestId
    );
}
