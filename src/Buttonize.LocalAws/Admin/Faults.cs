namespace Buttonize.LocalAws.Admin;

internal enum FaultKind
{
    Error,
    Latency,
    Drop,
}

/// <summary>A fault on demand, for the calls that its filters match.</summary>
/// <param name="Operation">Null: every operation of the service.</param>
/// <param name="Region">Null: every Region.</param>
/// <param name="Error">For errors: what is answered.</param>
/// <param name="Delay">For latency.</param>
/// <param name="Count">How many calls it strikes; null: all, until it is cleared.</param>
internal sealed record Fault(
    string Service,
    string? Operation,
    string? Region,
    FaultKind Kind,
    AwsError? Error,
    TimeSpan Delay,
    int? Count
)
{
    public bool Matches(string service, string? operation, string region) =>
        Service == service
        && (Operation is null || Operation == operation)
        && (Region is null || Region == region);
}

/// <summary>
/// The faults that are set, in their order: a call meets every latency that matches it, one after the other, up to the
/// first error or drop that does. They strike calls whose signature is good, before anything else in them is judged: whoever
/// cannot sign learns nothing of them and uses none up, and a test that signs wrongly is told so.
/// </summary>
internal sealed class Faults
{
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private FaultSet active = new([]);

    /// <param name="lifetime">Its end lets waiting calls go, or it would have to wait for them.</param>
    public Faults(TimeProvider time, IHostApplicationLifetime lifetime)
    {
        this.time = time;
        lifetime.ApplicationStopping.Register(() => Replace([]));
    }

    /// <summary>
    /// Sets these faults instead of the present ones. Calls that wait out a latency are let go at once and are served as if
    /// nothing had struck them.
    /// </summary>
    public void Replace(IEnumerable<Fault> faults)
    {
        FaultSet former;
        lock (gate)
        {
            former = active;
            active = new FaultSet(faults);
        }
        former.Clear();
    }

    /// <summary>Waits out the latencies that match.</summary>
    /// <returns>The first other fault that matches, or null.</returns>
    /// <exception cref="OperationCanceledException">Whoever called has gone meanwhile.</exception>
    public async Task<Fault?> StrikeAsync(
        string service,
        string? operation,
        string region,
        CancellationToken cancellationToken
    )
    {
        FaultSet faults;
        TimeSpan delay;
        Fault? fault;
        lock (gate)
        {
            faults = active;
            (delay, fault) = faults.Take(service, operation, region);
        }
        if (delay == TimeSpan.Zero)
        {
            return fault;
        }
        await faults
            .Cleared.WaitAsync(delay, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return faults.Cleared.IsCompleted ? null : fault;
    }

    /// <summary>Faults that were set together, and how often each has struck.</summary>
    private sealed class FaultSet(IEnumerable<Fault> faults)
    {
        private readonly Fault[] faults = [.. faults];
        private readonly Dictionary<Fault, int> struck = new(ReferenceEqualityComparer.Instance);

        private readonly TaskCompletionSource cleared = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public Task Cleared => cleared.Task;

        public void Clear() => cleared.SetResult();

        public (TimeSpan Delay, Fault? Fault) Take(string service, string? operation, string region)
        {
            var delay = TimeSpan.Zero;
            foreach (var fault in faults.Where(f => f.Matches(service, operation, region)))
            {
                var before = struck.GetValueOrDefault(fault);
                if (before >= fault.Count)
                {
                    continue;
                }
                struck[fault] = before + 1;
                if (fault.Kind != FaultKind.Latency)
                {
                    return (delay, fault);
                }
                delay += fault.Delay;
            }
            return (delay, null);
        }
    }
}
