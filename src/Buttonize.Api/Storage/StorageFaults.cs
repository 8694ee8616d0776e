using System.Net;
using Amazon.Runtime;

namespace Buttonize.Api.Storage;

/// <summary>What keeps DynamoDB from answering.</summary>
internal static class StorageFaults
{
    /// <summary>Turns whatever keeps DynamoDB from answering into one exception. What is our own mistake stays as it is.</summary>
    /// <exception cref="StorageUnavailableException">DynamoDB did not answer in time, or refused to.</exception>
    public static async Task<T> GuardAsync<T>(
        Func<Task<T>> operation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await operation();
        }
        catch (OperationCanceledException canceled)
        {
            throw new StorageUnavailableException(
                cancellationToken.IsCancellationRequested
                    ? "DynamoDB had not answered when the call's time was up."
                    : "DynamoDB did not answer in time.",
                canceled
            );
        }
        catch (AmazonServiceException refused) when (IsOurMistake(refused))
        {
            throw;
        }
        catch (Exception fault)
            when (fault
                    is AmazonServiceException
                        or AmazonClientException
                        or HttpRequestException
                        or IOException
                        or TimeoutException
            )
        {
            throw new StorageUnavailableException(
                $"DynamoDB did not serve the call: {Reason(fault)}.",
                fault
            );
        }
    }

    private static bool IsOurMistake(AmazonServiceException refused) =>
        refused.StatusCode == HttpStatusCode.BadRequest
        && refused.ErrorCode
            is "ValidationException"
                or "SerializationException"
                or "ItemCollectionSizeLimitExceededException";

    // AWS's own code: the text is shown by /health/ready.
    private static string Reason(Exception fault) =>
        fault is AmazonServiceException { ErrorCode.Length: > 0 } refused
            ? refused.ErrorCode
            : "no answer";
}
