using System.Diagnostics;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Load;

/// <summary>What is asked for.</summary>
internal enum Ask
{
    /// <summary>A session: the main call.</summary>
    Credentials,

    /// <summary>An External ID, before a registration.</summary>
    ExternalId,

    /// <summary>A registration.</summary>
    Registration,
}

/// <summary>One request of the load, and what became of it.</summary>
/// <param name="Ask">What was asked for.</param>
/// <param name="Instance">Which control plane was asked: 0 or 1.</param>
/// <param name="Tenant">For which organization.</param>
/// <param name="Due">When it should have been sent, as a timestamp of the stopwatch: a load that falls behind is no excuse.</param>
/// <param name="Ended">When the answer was there, or there was none for sure.</param>
/// <param name="Reply">The answer; null where the connection broke, or 30 s were over.</param>
internal sealed record Answer(
    Ask Ask,
    int Instance,
    Tenant Tenant,
    long Due,
    long Ended,
    Reply? Reply
)
{
    /// <summary>What was received, where it was a session.</summary>
    public Received? Received { get; init; }

    public TimeSpan Took => Stopwatch.GetElapsedTime(Due, Ended);

    public bool Succeeded => Reply is { Status: >= 200 and < 300 };

    /// <summary>What the answer is called in reports: a problem's code, or that there was none.</summary>
    public string Name =>
        Reply is null ? "no answer"
        : Succeeded ? "success"
        : Reply.Code ?? $"{Reply.Status}";
}

/// <summary>An app whose registration was acknowledged.</summary>
internal sealed record Acknowledged(Tenant Tenant, string AppId);
