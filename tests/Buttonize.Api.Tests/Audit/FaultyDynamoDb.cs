using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Tests.Audit;

/// <summary>What becomes of a single put.</summary>
public enum PutFault
{
    /// <summary>It is served.</summary>
    None,

    /// <summary>DynamoDB fails.</summary>
    Failed,

    /// <summary>DynamoDB throttles.</summary>
    Throttled,

    /// <summary>The connection breaks.</summary>
    Dropped,

    /// <summary>DynamoDB does not answer.</summary>
    Hanging,

    /// <summary>It is written, and the answer gets lost.</summary>
    AnswerLost,
}

/// <summary>A real DynamoDB that does not put when a test says so (what a ledger has to fear between STS and its entry), or waits for something else to happen.</summary>
public sealed class FaultyDynamoDb(Uri endpoint)
    : AmazonDynamoDBClient(
        new AmazonDynamoDBConfig
        {
            ServiceURL = endpoint.ToString(),
            AuthenticationRegion = "eu-central-1",
        }
    )
{
    public PutFault Fault { get; set; }

    /// <summary>Called before each single put is answered.</summary>
    public Func<Task>? BeforePut { get; set; }

    /// <summary>Called before each single update is answered.</summary>
    public Func<UpdateItemRequest, Task>? BeforeUpdate { get; set; }

    /// <inheritdoc/>
    public override async Task<UpdateItemResponse> UpdateItemAsync(
        UpdateItemRequest request,
        CancellationToken cancellationToken = default
    )
    {
        if (BeforeUpdate is { } before)
        {
            await before(request);
        }

        return await base.UpdateItemAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<PutItemResponse> PutItemAsync(
        PutItemRequest request,
        CancellationToken cancellationToken = default
    )
    {
        if (BeforePut is { } before)
        {
            await before();
        }

        switch (Fault)
        {
            case PutFault.Failed:
                throw new InternalServerErrorException("Example") { ErrorCode = "InternalFailure" };
            case PutFault.Throttled:
                throw new ProvisionedThroughputExceededException("Example");
            case PutFault.Dropped:
                throw new IOException("Example");
            case PutFault.Hanging:
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
                break;
            case PutFault.AnswerLost:
                await base.PutItemAsync(request, cancellationToken);
                throw new HttpRequestException("Example");
            default:
                break;
        }

        return await base.PutItemAsync(request, cancellationToken);
    }
}
