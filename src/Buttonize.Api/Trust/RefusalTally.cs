namespace Buttonize.Api.Trust;

/// <summary>
/// Watches how many roles refuse in a run of re-verifications. When more than half of them do, the fault is probably the control
/// plane's own (its identity, its policy), and no customer should be warned of it.
/// </summary>
/// <remarks>
/// More than half of the organizations have to be among them as well: one tenant, however many roles it has deleted, must not stop the
/// re-verification of all others.
/// </remarks>
internal sealed class RefusalTally
{
    /// <summary>Fewer checks than this tell nothing.</summary>
    public const int Least = 5;

    /// <summary>How many checks a run looks back: what passed long ago is no proof that it still would.</summary>
    public const int Most = 50;

    private readonly Lock gate = new();
    private readonly Queue<(OrganizationId Organization, bool Refused)> last = new(Most + 1);

    /// <summary>Counts a check; what AWS did not decide does not count.</summary>
    /// <returns>Whether it is a refusal that is not to be believed, with the figures for the log.</returns>
    public (bool IsSuspicious, int Refused, int Checked) Note(
        OrganizationId organization,
        ProofVerdict verdict
    )
    {
        lock (gate)
        {
            if (verdict != ProofVerdict.Inconclusive)
            {
                last.Enqueue((organization, verdict == ProofVerdict.Refused));
            }

            if (last.Count > Most)
            {
                last.Dequeue();
            }

            var refused = last.Count(c => c.Refused);
            return (
                verdict == ProofVerdict.Refused
                    && last.Count >= Least
                    && 2 * refused > last.Count
                    && 2 * Organizations(onlyRefused: true) > Organizations(onlyRefused: false),
                refused,
                last.Count
            );
        }
    }

    private int Organizations(bool onlyRefused) =>
        last.Where(c => c.Refused || !onlyRefused).Select(c => c.Organization).Distinct().Count();
}
