using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Faults;

/// <summary>Something that goes wrong on a stage, and what may come of it.</summary>
internal sealed record Fault
{
    /// <summary>How it is called in the table, and chosen on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>Makes it go wrong.</summary>
    public required Func<FaultStage, CancellationToken, Task> Begin { get; init; }

    /// <summary>Makes it go right again: what failed, never the control plane, unless that is what was killed.</summary>
    public required Func<FaultStage, CancellationToken, Task> End { get; init; }

    /// <summary>Whether it happened to the control planes: a fault that nobody notices proves nothing.</summary>
    public required Func<FaultStage, IReadOnlyList<Answer>, bool> Shows { get; init; }

    /// <summary>Where it happens.</summary>
    public Setting Setting { get; init; } = new();

    /// <summary>The instance that is gone meanwhile: its connections may break, and no other's.</summary>
    public int? Gone { get; init; }

    /// <summary>The share of sessions that must be issued while it lasts.</summary>
    public double LeastSuccess { get; init; }

    /// <summary>Calls of STS for each session that is asked for while it lasts, at most; counted over 200 requests or more.</summary>
    public double? MostStsCalls { get; init; }

    /// <summary>Whether what is registered while it lasts has its verdict soon after.</summary>
    public bool VerdictsCome { get; init; } = true;

    /// <summary>For how many requests it lasts at least.</summary>
    public int LeastRequests => MostStsCalls is null ? 0 : 200;
}
