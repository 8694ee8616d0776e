using System.Net;
using Buttonize.Local.Processes;

namespace Buttonize.Local.DynamoDb;

/// <summary>DynamoDB Local as a Java process.</summary>
internal static class DynamoDbJar
{
    private const int Attempts = 5;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public static async Task<DynamoDbLocal> StartAsync(
        int port,
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        var java = await Java.RequireAsync(cancellationToken);
        var folder = await JarCache.EnsureAsync(progress, cancellationToken);
        progress?.Invoke("DynamoDB: starting DynamoDB Local on Java");
        for (var attempt = 1; ; attempt++)
        {
            // The jar cannot pick a port for itself, and a picked one can be lost to another program before it listens.
            var chosen = port == 0 ? LocalPort.PickFree() : port;
            var child = ChildProcess.Start(Command(java, folder, chosen));
            try
            {
                var endpoint = new Uri($"http://localhost:{chosen}");
                if (await IsReadyAsync(child, endpoint, cancellationToken))
                {
                    return new DynamoDbLocal(endpoint, child, child.Exited);
                }
            }
            catch
            {
                await child.DisposeAsync();
                throw;
            }

            await child.DisposeAsync();
            if (port != 0 || attempt == Attempts)
            {
                throw new StartFailedException(
                    $"DynamoDB Local did not start on port {chosen}. {child.DescribeOutput()}"
                );
            }
        }
    }

    /// <summary>A small heap and the quick compiler: short-lived test data, and several may run at once.</summary>
    private static ProgramStart Command(string java, string folder, int port) =>
        new(
            "DynamoDB Local",
            java,
            [
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.library.path=./DynamoDBLocal_lib",
                "-jar",
                "DynamoDBLocal.jar",
                "-inMemory",
                "-port",
                $"{port}",
                "-disableTelemetry",
            ]
        )
        {
            WorkingDirectory = folder,
        };

    /// <summary>True once it answers; false when it ended first or its port was taken.</summary>
    private static async Task<bool> IsReadyAsync(
        ChildProcess child,
        Uri endpoint,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            while (!await AnswersAsync(http, endpoint, limit.Token))
            {
                var first = await Task.WhenAny(child.Exited, Task.Delay(PollInterval, limit.Token));
                if (first == child.Exited || LostItsPort(child))
                {
                    return false;
                }
            }

            return !LostItsPort(child);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartFailedException(
                $"DynamoDB Local did not answer within {StartLimit.TotalSeconds} s. {child.DescribeOutput()}"
            );
        }
    }

    /// <summary>Its other threads keep the process alive after its main thread has died of a taken port.</summary>
    private static bool LostItsPort(ChildProcess child) =>
        child.LastLines.Any(line => line.Contains("Failed to bind", StringComparison.Ordinal));

    /// <summary>
    /// An unsigned request is refused by DynamoDB Local with its own error type. The type matters: another program that has
    /// taken the port may answer too.
    /// </summary>
    private static async Task<bool> AnswersAsync(
        HttpClient http,
        Uri endpoint,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var response = await http.GetAsync(endpoint, cancellationToken);
            return response.StatusCode == HttpStatusCode.BadRequest
                && (await response.Content.ReadAsStringAsync(cancellationToken)).Contains(
                    "com.amazonaws.dynamodb",
                    StringComparison.Ordinal
                );
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
