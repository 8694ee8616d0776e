using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>
/// The first part of an orderly stop. After SIGTERM the instance still takes every request for some seconds, and says on
/// <c>/health/ready</c> that it goes, so that whatever spreads the requests sends them elsewhere; only then it stops listening and
/// finishes what is in flight. Every answer meanwhile ends its connection: a proxy keeps none that would be closed under its next request.
/// </summary>
internal sealed partial class Draining(
    IOptions<ButtonizeOptions> options,
    IHostEnvironment environment,
    TimeProvider time,
    ILogger<Draining> logger
) : IHostedLifecycleService
{
    /// <summary>
    /// How long the instance still serves, unless the configuration says otherwise: as long as a load balancer takes to hear of it (ECS
    /// takes the target out at the moment it sends SIGTERM; a probe every second or two fails in that time). A laptop has nobody to wait for.
    /// </summary>
    private const int DefaultSeconds = 5;

    /// <summary>What finishing the requests in flight may take (each is answered within 6 seconds), and giving back the lease after it.</summary>
    private static readonly TimeSpan Finishing = TimeSpan.FromSeconds(10);

    private volatile bool started;

    /// <summary>Whether the instance is about to stop.</summary>
    public bool HasStarted => started;

    /// <summary>How long draining takes.</summary>
    public static TimeSpan Duration(ButtonizeOptions options, IHostEnvironment environment) =>
        TimeSpan.FromSeconds(
            options.DrainSeconds ?? (environment.IsDevelopment() ? 0 : DefaultSeconds)
        );

    /// <summary>How long an orderly stop may take as a whole; what still runs then is cut off.</summary>
    public static TimeSpan StopLimit(ButtonizeOptions options, IHostEnvironment environment) =>
        Duration(options, environment) + Finishing;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        started = true;
        var duration = Duration(options.Value, environment);
        if (duration > TimeSpan.Zero)
        {
            LogDraining(logger, duration.TotalSeconds);
            await Task.Delay(duration, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        1002,
        LogLevel.Information,
        "Stopping: not ready any more, and serving for another {Seconds} seconds"
    )]
    private static partial void LogDraining(ILogger logger, double seconds);
}
