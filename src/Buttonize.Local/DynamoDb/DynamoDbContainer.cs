using System.Net;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Buttonize.Local.DynamoDb;

/// <summary>DynamoDB Local as a container, where a Docker engine answers.</summary>
internal static class DynamoDbContainer
{
    private const string Image = "amazon/dynamodb-local:2.6.1";
    private const ushort PortInside = 8000;

    /// <summary>An engine that is there answers at once; one that is not must not hold up the start.</summary>
    private static readonly TimeSpan DetectionLimit = TimeSpan.FromSeconds(2);

    /// <summary>Starts the container, or answers null where Docker is of no use.</summary>
    public static async Task<DynamoDbLocal?> TryStartAsync(
        int port,
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        if (!await EngineAnswersAsync(cancellationToken))
        {
            return null;
        }

        progress?.Invoke(
            $"DynamoDB: starting the container {Image} (the first time, Docker downloads it)"
        );
        try
        {
            return await StartAsync(port, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // An engine that may not pull images, for one. Java may still be there.
            progress?.Invoke(
                $"DynamoDB: the container did not start ({FirstLine(exception)}), trying Java"
            );
            return null;
        }
    }

    private static async Task<DynamoDbLocal> StartAsync(
        int port,
        CancellationToken cancellationToken
    )
    {
        var builder = new ContainerBuilder(Image)
            // The progress line says enough.
            .WithLogger(NullLogger.Instance)
            .WithCommand("-jar", "DynamoDBLocal.jar", "-inMemory")
            .WithWaitStrategy(
                Wait.ForUnixContainer()
                    .UntilHttpRequestIsSucceeded(http =>
                        http.ForPort(PortInside).ForStatusCode(HttpStatusCode.BadRequest)
                    )
            );
        var container = (
            port == 0
                ? builder.WithPortBinding(PortInside, assignRandomHostPort: true)
                : builder.WithPortBinding(port, PortInside)
        ).Build();
        try
        {
            await container.StartAsync(cancellationToken);
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }

        var endpoint = new UriBuilder(
            "http",
            container.Hostname,
            container.GetMappedPublicPort(PortInside)
        ).Uri;
        return new DynamoDbLocal(endpoint, container);
    }

    /// <summary>Testcontainers' own search, so that what answers here is what it will use.</summary>
    private static async Task<bool> EngineAnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(
                    () => TestcontainersSettings.OS.DockerEndpointAuthConfig is not null,
                    cancellationToken
                )
                .WaitAsync(DetectionLimit, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false;
        }
    }

    private static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Trim();
}
