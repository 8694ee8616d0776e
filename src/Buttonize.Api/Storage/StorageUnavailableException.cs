namespace Buttonize.Api.Storage;

/// <summary>DynamoDB (or KMS, for the data keys) did not answer in time or failed: a fault that passes, 503 to the caller.</summary>
internal sealed class StorageUnavailableException(string message, Exception inner)
    : Exception(message, inner);
