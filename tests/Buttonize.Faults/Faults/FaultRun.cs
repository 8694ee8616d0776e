using System.Diagnostics;
using Buttonize.Faults.Checks;
using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Faults;

/// <summary>One fault from beginning to end: a stage, a steady load, the fault, the recovery, and what is there afterwards.</summary>
internal static class FaultRun
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs it.</summary>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="pace">The load, and for how long.</param>
    /// <param name="progress">Gets a line for each step.</param>
    /// <param name="cancellationToken">Ends it, and stops everything.</param>
    public static async Task<Outcome> RunAsync(
        Fault fault,
        Pace pace,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        progress("starting two instances");
        await using var stage = await FaultStage.StartAsync(fault.Setting, cancellationToken);
        await using var load = new SteadyLoad(
            stage,
            stage.Tenants,
            pace.PerSecond,
            registrations: true
        );
        await IsServingAsync(load, Stopwatch.GetTimestamp(), cancellationToken);
        progress($"all is well for {pace.Before.TotalSeconds} s");
        await Task.Delay(pace.Before, cancellationToken);

        progress("the fault begins");
        var began = Stopwatch.GetTimestamp();
        await fault.Begin(stage, cancellationToken);
        var least = TimeSpan.FromSeconds(fault.LeastRequests / pace.PerSecond);
        await Task.Delay(pace.Lasts > least ? pace.Lasts : least, cancellationToken);
        var ended = Stopwatch.GetTimestamp();
        await fault.End(stage, cancellationToken);
        var moments = new Moments(began, ended, Stopwatch.GetTimestamp());

        progress("the fault has ended");
        await IsServingAsync(load, ended, cancellationToken);
        await load.StopAsync();

        progress("looking at what is there");
        var answers = load.Answers;
        var received = answers.Select(a => a.Received).OfType<Received>().ToList();
        var findings = new Findings(
            await LedgerCheck.FindLostAsync(stage, received, cancellationToken),
            await TenantCheck.FindWrongAsync(stage, received, cancellationToken),
            await RegistrationCheck.FindLostAsync(
                stage,
                load.Acknowledged,
                fault.VerdictsCome,
                cancellationToken
            )
        );
        var meanwhile = answers.Where(a => a.Due >= began && a.Due < ended).ToList();
        return new Outcome(
            fault,
            pace,
            answers,
            AssumeRoleCalls(stage),
            moments,
            findings,
            stage.Complaints,
            fault.Shows(stage, meanwhile)
        );
    }

    /// <summary>Asks until answers come again and again: what is done for the first time only is not what is measured.</summary>
    public static async Task WarmUpAsync(
        FaultStage stage,
        IReadOnlyList<Tenant> tenants,
        double perSecond,
        CancellationToken cancellationToken
    )
    {
        await using var load = new SteadyLoad(stage, tenants, perSecond, registrations: false);
        await IsServingAsync(load, Stopwatch.GetTimestamp(), cancellationToken);
    }

    /// <summary>Waits until the load succeeds again and again; where it does not, that is for the outcome to tell.</summary>
    private static async Task IsServingAsync(
        SteadyLoad load,
        long since,
        CancellationToken cancellationToken
    )
    {
        while (
            Outcome.RecoveryOf(load.Answers, since) is null
            && Stopwatch.GetElapsedTime(since) < RecoveryLimit
        )
        {
            await Task.Delay(Poll, cancellationToken);
        }
    }

    private static IReadOnlyList<ProxiedCall> AssumeRoleCalls(FaultStage stage) =>
        [
            .. stage
                .Sts.Http.Calls.Concat(stage.FallbackSts?.Http.Calls ?? [])
                .Where(call => call is { Operation: "AssumeRole", IsProof: false }),
        ];
}
