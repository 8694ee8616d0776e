using Buttonize.Local.Processes;

namespace Buttonize.Local.DynamoDb;

/// <summary>
/// A DynamoDB for this machine, empty at start and gone at the end: the endpoint in <c>AWS_ENDPOINT_URL_DYNAMODB</c> where
/// one is set, else a container where a Docker engine answers, else AWS's own jar on the installed Java.
/// </summary>
public sealed class DynamoDbLocal : IAsyncDisposable
{
    /// <summary>The AWS SDK's own variable for the endpoint.</summary>
    public const string EndpointVariable = "AWS_ENDPOINT_URL_DYNAMODB";

    private readonly IAsyncDisposable? _running;

    internal DynamoDbLocal(Uri endpoint, IAsyncDisposable? running, Task? ended = null)
    {
        Endpoint = endpoint;
        _running = running;
        Process = running as ChildProcess;
        Ended = ended ?? Task.Delay(Timeout.Infinite);
    }

    /// <summary>Where it answers.</summary>
    public Uri Endpoint { get; }

    /// <summary>Completes if it ends before it is disposed of, where that can be seen.</summary>
    public Task Ended { get; }

    /// <summary>Whether it was there before and stays after, and may hold something already.</summary>
    public bool IsExternal => _running is null;

    internal ChildProcess? Process { get; }

    /// <summary>Starts one on a free port.</summary>
    /// <param name="progress">Gets a line for each step that may take a while.</param>
    /// <param name="cancellationToken">Gives up, and stops what was started.</param>
    /// <exception cref="StartFailedException">Neither Docker nor Java is here, or the start failed.</exception>
    public static Task<DynamoDbLocal> StartAsync(
        Action<string>? progress,
        CancellationToken cancellationToken
    ) => StartAsync(0, progress, cancellationToken);

    /// <summary>Starts one on a given port.</summary>
    /// <param name="port">The port; 0 picks a free one.</param>
    /// <param name="progress">Gets a line for each step that may take a while.</param>
    /// <param name="cancellationToken">Gives up, and stops what was started.</param>
    /// <exception cref="StartFailedException">Neither Docker nor Java is here, or the start failed.</exception>
    public static async Task<DynamoDbLocal> StartAsync(
        int port,
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        if (Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } configured)
        {
            progress?.Invoke($"DynamoDB: using {EndpointVariable}, nothing started");
            return Uri.TryCreate(configured, UriKind.Absolute, out var endpoint)
                ? new DynamoDbLocal(endpoint, running: null)
                : throw new StartFailedException(
                    $"{EndpointVariable} is no absolute URL: set it to one such as http://localhost:8000, or unset it."
                );
        }

        return await DynamoDbContainer.TryStartAsync(port, progress, cancellationToken)
            ?? await DynamoDbJar.StartAsync(port, progress, cancellationToken);
    }

    /// <summary>Stops it; what was stored is gone. An endpoint from the environment is left alone.</summary>
    public ValueTask DisposeAsync() => _running?.DisposeAsync() ?? ValueTask.CompletedTask;
}
