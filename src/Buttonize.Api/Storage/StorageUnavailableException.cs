using Amazon.Runtime;

namespace Buttonize.Api.Storage;

/// <summary>DynamoDB (or KMS, for the data keys) did not answer in time or failed: a fault that passes, 503 to the caller.</summary>
internal sealed class StorageUnavailableException(string message, Exception inner)
    : Exception(message, inner)
{
    /// <summary>Whether AWS refuses the control plane: that does not pass by itself.</summary>
    public bool IsDenied =>
        InnerException
            is AmazonServiceException { ErrorCode: "AccessDenied" or "AccessDeniedException" };

    /// <summary>AWS's id of the request that failed, where there was an answer.</summary>
    public string? AwsRequestId => (InnerException as AmazonServiceException)?.RequestId;

    /// <summary>The thing kept changing while it was to be changed; the next try may find it quiet.</summary>
    public static StorageUnavailableException Overtaken() =>
        new("What was to be changed kept changing meanwhile.", new TimeoutException());
}
