using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Storage;

/// <summary>
/// Sees every call of a client, its retries included: a span as a child of the request's, how long it took, and the code it failed
/// with. It is the outermost part of the client, so that no call can be forgotten.
/// </summary>
internal sealed class ObservedCalls(string service, ButtonizeMetrics metrics, TimeProvider time)
    : PipelineHandler
{
    /// <summary>A call that takes longer is DynamoDB's or the network's doing, whoever has gone meanwhile.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <summary>DynamoDB, observed.</summary>
    internal sealed class DynamoDb(
        AmazonDynamoDBConfig config,
        ButtonizeMetrics metrics,
        TimeProvider time
    ) : AmazonDynamoDBClient(config)
    {
        /// <inheritdoc/>
        protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
        {
            base.CustomizeRuntimePipeline(pipeline);
            pipeline.AddHandler(new ObservedCalls("DynamoDB", metrics, time));
        }
    }

    /// <summary>KMS, observed.</summary>
    internal sealed class Kms(
        AmazonKeyManagementServiceConfig config,
        ButtonizeMetrics metrics,
        TimeProvider time
    ) : AmazonKeyManagementServiceClient(config)
    {
        /// <inheritdoc/>
        protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
        {
            base.CustomizeRuntimePipeline(pipeline);
            pipeline.AddHandler(new ObservedCalls("KMS", metrics, time));
        }
    }

    /// <inheritdoc/>
    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var request = executionContext.RequestContext;
        var operation = OperationOf(request);
        using var span = Tracing.StartCall(service, operation);
        var started = time.GetTimestamp();
        try
        {
            var response = await base.InvokeAsync<T>(executionContext);
            span.Ended(
                executionContext.ResponseContext.Response?.ResponseMetadata?.RequestId,
                request.Retries
            );
            return response;
        }
        catch (Exception fault)
        {
            var code = CodeOf(
                fault,
                request.CancellationToken.IsCancellationRequested
                    && time.GetElapsedTime(started) < Slow
            );
            span.Ended((fault as AmazonServiceException)?.RequestId, request.Retries, code);
            if (code is not null)
            {
                metrics.StorageFailed(operation, code);
            }

            throw;
        }
        finally
        {
            metrics.StorageCalled(operation, time.GetElapsedTime(started));
        }
    }

    /// <summary>AWS's name of the operation: the SDK names its requests after it.</summary>
    private static string OperationOf(IRequestContext request) =>
        request.RequestName.EndsWith("Request", StringComparison.Ordinal)
            ? request.RequestName[..^"Request".Length]
            : request.RequestName;

    /// <summary>
    /// AWS's code, or what happened instead of an answer; null for a condition that did not hold, which is an answer as good as any. Whoever
    /// hangs up early must not look like a DynamoDB that fails: that would wake somebody at any customer's wish.
    /// </summary>
    private static string? CodeOf(Exception fault, bool hasGone) =>
        fault switch
        {
            ConditionalCheckFailedException => null,
            TransactionCanceledException canceled => canceled.CancellationReasons?.Exists(r =>
                r.Code == "ConditionalCheckFailed"
            ) == true
                ? null
                : canceled.CancellationReasons?.Find(r => r.Code is not (null or "None"))?.Code
                    ?? canceled.ErrorCode,
            _ when hasGone => "Canceled",
            AmazonServiceException { ErrorCode.Length: > 0 } refused => refused.ErrorCode,
            OperationCanceledException or TimeoutException => "Timeout",
            AmazonClientException => "NoCredentials",
            _ => "NoAnswer",
        };
}
