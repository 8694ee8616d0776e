using System.Security.Cryptography;

namespace Buttonize.Api.Storage;

/// <summary>The pauses between the tries of a change that others keep overtaking.</summary>
internal static class RetryPause
{
    /// <summary>How often such a change is tried.</summary>
    public const int Tries = 12;

    /// <summary>Waits with jitter, so that those who meet do not meet again at once.</summary>
    /// <exception cref="StorageUnavailableException">The caller's time is up.</exception>
    public static async Task WaitAsync(
        int attempt,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await Task.Delay(
                TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, 20 * attempt)),
                time,
                cancellationToken
            );
        }
        catch (OperationCanceledException)
        {
            throw StorageUnavailableException.Overtaken();
        }
    }
}
