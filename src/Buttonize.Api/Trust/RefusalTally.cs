namespace Buttonize.Api.Trust;

/// <summary>
/// Watches how many roles refuse in a run of re-verifications. When more than half of them do, the fault is probably the control
/// plane's own (its identity, its policy), and no customer should be warned of it.
/// </summary>
/// <remarks>
/// More than half of the organizations have to be among them as well, and each app counts once, with its last check within
/// <see cref="Window"/>: one tenant, however many roles it has deleted, must not make all others look suspicious. And a suspicion ends: what
/// is refused <see cref="MostWithheld"/> times in a row is believed.
/// </remarks>
internal sealed class RefusalTally
{
    /// <summary>Fewer apps than this tell nothing.</summary>
    public const int Least = 5;

    /// <summary>How many apps a run looks back.</summary>
    public const int Most = 50;

    /// <summary>How often one app's refusal is not believed: for about an hour.</summary>
    public const int MostWithheld = 6;

    /// <summary>How long a check counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly List<Check> last = new(Most + 1);

    private sealed record Check(
        OrganizationId Organization,
        AppId App,
        bool Refused,
        int Withheld,
        DateTimeOffset At
    );

    /// <summary>Counts a check; what AWS did not decide does not count.</summary>
    /// <returns>Whether it is a refusal that is not to be believed, with the figures for the log.</returns>
    public (bool IsSuspicious, int Refused, int Checked) Note(
        OrganizationId organization,
        AppId app,
        ProofVerdict verdict,
        DateTimeOffset now
    )
    {
        lock (gate)
        {
            last.RemoveAll(c => now - c.At > Window);
            if (verdict == ProofVerdict.Inconclusive)
            {
                return (false, last.Count(c => c.Refused), last.Count);
            }

            var before = last.Find(c => c.App == app);
            last.RemoveAll(c => c.App == app);
            var check = new Check(
                organization,
                app,
                verdict == ProofVerdict.Refused,
                verdict == ProofVerdict.Refused ? before?.Withheld ?? 0 : 0,
                now
            );
            last.Add(check);
            if (last.Count > Most)
            {
                last.RemoveAt(0);
            }

            var isSuspicious = check is { Refused: true, Withheld: < MostWithheld } && IsMajority();
            last[^1] = check with { Withheld = check.Withheld + (isSuspicious ? 1 : 0) };
            return (isSuspicious, last.Count(c => c.Refused), last.Count);
        }
    }

    private bool IsMajority() =>
        last.Count >= Least
        && 2 * last.Count(c => c.Refused) > last.Count
        && 2 * Organizations(onlyRefused: true) > Organizations(onlyRefused: false);

    private int Organizations(bool onlyRefused) =>
        last.Where(c => c.Refused || !onlyRefused).Select(c => c.Organization).Distinct().Count();
}
