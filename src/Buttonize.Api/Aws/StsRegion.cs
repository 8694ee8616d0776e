using System.Collections.Concurrent;
using Amazon.SecurityToken;
using Polly;
using Polly.CircuitBreaker;

namespace Buttonize.Api.Aws;

/// <summary>
/// AWS STS in one Region: a client for the life of the process, and a circuit breaker, so that a Region which fails is not asked by every
/// request. Sessions of one Region are good in all.
/// </summary>
internal sealed partial class StsRegion : IDisposable
{
    private static readonly TimeSpan FirstBreak = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBreak = TimeSpan.FromMinutes(1);

    /// <summary>How long it is remembered that an account has not activated STS here; that is changed by hand, and seldom.</summary>
    private static readonly TimeSpan DisabledFor = TimeSpan.FromMinutes(5);

    private const int MostDisabled = 10_000;

    private readonly ConcurrentDictionary<string, long> disabled = new(StringComparer.Ordinal);
    private readonly ResiliencePipeline breaker;
    private readonly List<CircuitBreakerStateProvider> states = [];
    private readonly TimeProvider time;

    public StsRegion(
        AmazonSecurityTokenServiceConfig config,
        string name,
        bool isLast,
        TimeProvider time,
        ILogger<StsRegion> logger
    )
    {
        (Name, this.time) = (name, time);
        Client = new AmazonSecurityTokenServiceClient(config);
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        if (isLast)
        {
            // Left only where it answers nobody: half of the answers are better than none.
            builder.AddCircuitBreaker(Breaker(0.9, of: 20, TimeSpan.FromSeconds(10), logger));
        }
        else
        {
            // Many calls tell within a second or two that a Region is worse than the next one; and few calls must be enough, for few may be
            // all there are in a minute. One window for both would need half of its length to notice that a busy Region is down.
            builder.AddCircuitBreaker(Breaker(0.4, of: 5, TimeSpan.FromSeconds(2), logger));
            builder.AddCircuitBreaker(Breaker(0.4, of: 3, TimeSpan.FromMinutes(1), logger));
        }

        breaker = builder.Build();
    }

    /// <summary>Such as <c>eu-central-1</c>.</summary>
    public string Name { get; }

    /// <summary>The Region's STS.</summary>
    public IAmazonSecurityTokenService Client { get; }

    /// <summary>Whether the next call is a trial, after the Region was left. What it fails need not be paid for by the request that made it.</summary>
    public bool IsOnTrial => states.Exists(s => s.CircuitState != CircuitState.Closed);

    /// <summary>Calls it.</summary>
    /// <exception cref="BrokenCircuitException">The Region is left for the time being: it was not called.</exception>
    public ValueTask<T> CallAsync<T>(
        Func<CancellationToken, ValueTask<T>> call,
        CancellationToken cancellationToken
    ) => breaker.ExecuteAsync(call, cancellationToken);

    /// <summary>STS said that it is not activated here for an account.</summary>
    /// <returns>Whether that is remembered; not where there are too many such accounts.</returns>
    public bool Disabled(string account)
    {
        if (disabled.Count >= MostDisabled)
        {
            foreach (var past in disabled.Where(d => time.GetElapsedTime(d.Value) >= DisabledFor))
            {
                disabled.TryRemove(past);
            }
        }

        if (disabled.Count >= MostDisabled)
        {
            return false;
        }

        disabled[account] = time.GetTimestamp();
        return true;
    }

    /// <summary>Whether it said so in the last minutes.</summary>
    public bool IsDisabledFor(string account)
    {
        if (!disabled.TryGetValue(account, out var since))
        {
            return false;
        }

        if (time.GetElapsedTime(since) < DisabledFor)
        {
            return true;
        }

        disabled.TryRemove(new(account, since));
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    /// <summary>Opens where a part of at least so many calls failed.</summary>
    private CircuitBreakerStrategyOptions Breaker(
        double part,
        int of,
        TimeSpan within,
        ILogger logger
    )
    {
        var state = new CircuitBreakerStateProvider();
        states.Add(state);
        return new CircuitBreakerStrategyOptions
        {
            ShouldHandle = arguments =>
                ValueTask.FromResult(
                    arguments.Outcome.Exception is { } fault
                        && StsErrors.Classify(fault) is { Why: AssumeRoleRefusal.Unavailable }
                ),
            FailureRatio = part,
            MinimumThroughput = of,
            SamplingDuration = within,
            BreakDurationGenerator = arguments =>
                ValueTask.FromResult(BreakAfter(arguments.HalfOpenAttempts)),
            StateProvider = state,
            OnOpened = _ =>
            {
                LogLeft(logger, Name);
                return ValueTask.CompletedTask;
            },
            OnClosed = _ =>
            {
                LogBack(logger, Name);
                return ValueTask.CompletedTask;
            },
        };
    }

    private static TimeSpan BreakAfter(int trials) =>
        TimeSpan.FromTicks(Math.Min(LongestBreak.Ticks, FirstBreak.Ticks << Math.Min(trials, 10)));

    [LoggerMessage(
        1302,
        LogLevel.Error,
        "AWS STS in {Region} fails too often, and is left for a while"
    )]
    private static partial void LogLeft(ILogger logger, string region);

    [LoggerMessage(1303, LogLevel.Warning, "AWS STS in {Region} answers again")]
    private static partial void LogBack(ILogger logger, string region);
}
