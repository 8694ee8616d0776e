using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage;

/// <summary>Makes the table where the configuration says that this program does so (a laptop, a test; not a deployment).</summary>
internal sealed class TableCreation(
    IAmazonDynamoDB client,
    IOptions<ButtonizeOptions> options,
    IHostEnvironment environment,
    TimeProvider time
)
{
    /// <summary>Whether the table is this program's to make.</summary>
    public bool IsOurs => options.Value.CreateTable ?? environment.IsDevelopment();

    /// <summary>Makes the table and turns TTL on, unless it exists or is not ours to make.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!IsOurs)
        {
            return;
        }

        try
        {
            await CreateAsync(options.Value.TableName, cancellationToken);
        }
        catch (Exception fault)
            when (fault
                    is AmazonServiceException
                        or AmazonClientException
                        or HttpRequestException
                        or IOException
            )
        {
            throw new StorageUnavailableException(
                "The table could not be made or looked up.",
                fault
            );
        }
    }

    private async Task CreateAsync(string table, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateTableAsync(TableDefinition.CreateRequest(table), cancellationToken);
        }
        catch (ResourceInUseException)
        {
            // It exists, or another instance is making it.
        }

        await AddIndexesAsync(table, cancellationToken);
        var ttl = await client.DescribeTimeToLiveAsync(table, cancellationToken);
        if (ttl.TimeToLiveDescription?.TimeToLiveStatus == TimeToLiveStatus.DISABLED)
        {
            var specification = new TimeToLiveSpecification
            {
                AttributeName = TableDefinition.TimeToLiveAttribute,
                Enabled = true,
            };
            await client.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest
                {
                    TableName = table,
                    TimeToLiveSpecification = specification,
                },
                cancellationToken
            );
        }
    }

    /// <summary>Gives the table the indexes that it lacks. DynamoDB makes one at a time (API reference, UpdateTable).</summary>
    private async Task AddIndexesAsync(string table, CancellationToken cancellationToken)
    {
        var there = await ActiveAsync(table, cancellationToken);
        foreach (var index in TableDefinition.Indexes)
        {
            if (there.GlobalSecondaryIndexes?.Exists(i => i.IndexName == index.Name) != true)
            {
                var request = TableDefinition.AddIndexRequest(table, index);
                await client.UpdateTableAsync(request, cancellationToken);
                there = await ActiveAsync(table, cancellationToken);
            }
        }
    }

    /// <summary>Waits for the table and for every index of it.</summary>
    private async Task<TableDescription> ActiveAsync(
        string table,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var description = (await client.DescribeTableAsync(table, cancellationToken)).Table;
            if (
                description.TableStatus == TableStatus.ACTIVE
                && description.GlobalSecondaryIndexes?.Exists(i =>
                    i.IndexStatus != IndexStatus.ACTIVE
                ) != true
            )
            {
                return description;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }
}
