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
/// <param name="Count">How many calls it strikes; null: all.</param>
internal sealed record Fault(
    string Service,
    string? Operation,
    string? Region,
    FaultKind Kind,
    AwsError? Error,
    TimeSpan Delay,
    int? Count
);

/// <summary>The faults that are set. They strike calls whose signature is good, before anything else happens.</summary>
internal sealed class Faults(TimeProvider time)
{
    private readonly Lock gate = new();
    private List<Active> active = [];

    public void Replace(IEnumerable<Fault> faults)
    {
        lock (gate)
        {
            active = [.. faults.Select(fault => new Active(fault))];
        }
    }

    /// <summary>Waits out the latencies that match.</summary>
    /// <returns>The first other fault that matches, or null.</returns>
    public async Task<Fault?> StrikeAsync(
        string service,
        string? operation,
        string region,
        CancellationToken cancellationToken
    )
    {
        var (delay, fault) = Take(service, operation, region);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, time, cancellationToken);
        }
        return fault;
    }

    private (TimeSpan Delay, Fault? Fault) Take(string service, string? operation, string region)
    {
        var delay = TimeSpan.Zero;
        lock (gate)
        {
            foreach (var candidate in active)
            {
                var fault = candidate.Fault;
                var matches =
                    fault.Service == service
                    && (fault.Operation is null || fault.Operation == operation)
                    && (fault.Region is null || fault.Region == region);
                if (!matches || candidate.Struck >= fault.Count)
                {
                    continue;
                }
                candidate.Struck++;
                if (fault.Kind != FaultKind.Latency)
                {
                    return (delay, fault);
                }
                delay += fault.Delay;
            }
        }
        return (delay, null);
    }

    private sealed class Active(Fault fault)
    {
        public Fault Fault => fault;
        public int Struck { get; set; }
    }
}
