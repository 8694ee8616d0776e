using System.Diagnostics;
using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Faults;

/// <summary>Moments of a run, as timestamps of the stopwatch.</summary>
/// <param name="Began">The fault began.</param>
/// <param name="Ended">It was to end.</param>
/// <param name="Over">It had ended: what was killed is ready again.</param>
internal sealed record Moments(long Began, long Ended, long Over);

/// <summary>What was found when all was over.</summary>
/// <param name="LostEntries">A sentence for each session that was received and is not in the ledger, once and truly.</param>
/// <param name="WrongTenants">A sentence for each session that is another's.</param>
/// <param name="LostRegistrations">A sentence for each acknowledged registration that is not there, or not proven.</param>
internal sealed record Findings(
    IReadOnlyList<string> LostEntries,
    IReadOnlyList<string> WrongTenants,
    IReadOnlyList<string> LostRegistrations
);

/// <summary>What became of a fault.</summary>
internal sealed class Outcome(
    Fault fault,
    Pace pace,
    IReadOnlyList<Answer> answers,
    IReadOnlyList<ProxiedCall> stsCalls,
    Moments moments,
    Findings findings,
    IReadOnlyList<string> complaints,
    bool showed
)
{
    /// <summary>How many successes in a row count as recovered. They are spread over both instances and all organizations.</summary>
    public const int Recovered = 20;

    /// <summary>What clients are told to expect when something is out of order, and to come back after.</summary>
    private static readonly string[] Documented =
    [
        "sts_unavailable",
        "sts_throttled",
        "storage_unavailable",
        "control_plane_credentials",
        "rate_limited",
    ];

    /// <summary>The promise is 6 s; the rest is for a busy machine that runs the clients as well.</summary>
    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(6 + 1);

    public Fault Fault => fault;

    public Pace Pace => pace;

    public Findings Findings => findings;

    /// <summary>The control planes' last warnings and errors.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public int Requests => answers.Count;

    public int Succeeded => answers.Count(a => a.Succeeded);

    /// <summary>What was refused and may be, by code.</summary>
    public IReadOnlyDictionary<string, int> Refused =>
        answers
            .Where(a => !a.Succeeded && IsExpected(a))
            .CountBy(a => a.Name, StringComparer.Ordinal)
            .ToDictionary();

    /// <summary>What failed and may not, by code.</summary>
    public IReadOnlyDictionary<string, int> Failed =>
        answers
            .Where(a => !a.Succeeded && !IsExpected(a))
            .CountBy(a => $"{a.Ask} {a.Name}", StringComparer.Ordinal)
            .ToDictionary();

    public TimeSpan Slowest => answers.Max(a => a.Took);

    /// <summary>From the end of the fault to the first of <see cref="Recovered"/> sessions in a row; null where it did not come to that.</summary>
    public TimeSpan? Recovery => RecoveryOf(answers, moments.Ended);

    /// <summary>Calls of STS, in all Regions and without those of proofs, for each session that was asked for while the fault lasted.</summary>
    public double StsCallsPerRequest =>
        (double)stsCalls.Count(c => c.At >= moments.Began && c.At < moments.Ended)
        / Math.Max(1, Sessions().Count());

    /// <summary>What is not as it has to be, a sentence each.</summary>
    public IReadOnlyList<string> Violations()
    {
        var success = Sessions().Count(a => a.Succeeded) / (double)Math.Max(1, Sessions().Count());
        return
        [
            .. findings.LostEntries,
            .. findings.WrongTenants,
            .. findings.LostRegistrations,
            .. Failed.Select(f => $"{f.Value} unexpected: {f.Key}."),
            .. If(!showed, "The fault did not show."),
            .. If(Slowest > Latest, $"The slowest answer took {Slowest.TotalSeconds:F1} s."),
            .. If(Recovery is null, "It did not recover."),
            .. If(
                success < fault.LeastSuccess,
                $"Of the sessions asked for meanwhile only {success:P0} were issued."
            ),
            .. If(
                fault.MostStsCalls is { } most && StsCallsPerRequest > most,
                $"STS was called {StsCallsPerRequest:F2} times a request."
            ),
        ];
    }

    /// <inheritdoc cref="Recovery"/>
    public static TimeSpan? RecoveryOf(IEnumerable<Answer> answers, long ended)
    {
        var row = new List<Answer>(Recovered);
        foreach (
            var answer in answers
                .Where(a => a.Ask == Ask.Credentials && a.Due >= ended)
                .OrderBy(a => a.Due)
        )
        {
            if (!answer.Succeeded)
            {
                row.Clear();
                continue;
            }

            row.Add(answer);
            if (row.Count == Recovered)
            {
                return Stopwatch.GetElapsedTime(ended, row[0].Ended);
            }
        }

        return null;
    }

    private static IEnumerable<string> If(bool wrong, string what) => wrong ? [what] : [];

    private IEnumerable<Answer> Sessions() =>
        answers.Where(a =>
            a.Ask == Ask.Credentials && a.Due >= moments.Began && a.Due < moments.Ended
        );

    private bool IsExpected(Answer answer) =>
        answer.Reply is null
            ? answer.Instance == fault.Gone
                && answer.Ended >= moments.Began
                && answer.Due <= moments.Over
            : answer.Reply is { Status: 503 or 429, HasRetryAfter: true }
                && Documented.Contains(answer.Name);
}
