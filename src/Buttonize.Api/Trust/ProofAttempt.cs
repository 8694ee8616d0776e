using Buttonize.Api.Apps;
using Buttonize.Api.Aws;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Trust;

/// <summary>What STS answered in a proof; null where it was not asked.</summary>
/// <param name="Stored">To the stored External ID, before the others.</param>
/// <param name="Without">Without an External ID.</param>
/// <param name="Wrong">To a random External ID.</param>
/// <param name="StoredAgain">To the stored External ID, after the others.</param>
/// <param name="MissingActions">The actions without which the role could be assumed, where the stored External ID was refused.</param>
/// <param name="SessionTooLarge">Whether STS would not pack the session's policy and tags together.</param>
internal sealed record ProofAnswers(
    ProbeAnswer? Stored = null,
    ProbeAnswer? Without = null,
    ProbeAnswer? Wrong = null,
    ProbeAnswer? StoredAgain = null,
    IReadOnlyList<string>? MissingActions = null,
    bool SessionTooLarge = false
);

/// <summary>The calls of one proof, all of one Region: what Regions know of IAM differs.</summary>
internal sealed class ProofAttempt(RoleProber prober, StsRegion region, ProofSubject subject)
    : IDisposable
{
    private const string TagSession = "sts:TagSession";
    private const string SetSourceIdentity = "sts:SetSourceIdentity";

    private readonly RoleProber.Client granting = prober.Connect(region);
    private readonly RoleProber.Client refusing = prober.Connect(region);
    private Probe probe = new(
        subject.Role,
        subject.ExternalId,
        SessionIdentity.ForTrustProbe(subject.Organization, subject.App),
        subject.SessionPolicy
    );

    /// <summary>What STS answered so far.</summary>
    public ProofAnswers Answers { get; private set; } = new();

    /// <summary>Makes the calls, as far as they can still tell anything.</summary>
    /// <exception cref="OperationCanceledException">The time is up; <see cref="Answers"/> has what came until then.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var stored = await TryStoredAsync(cancellationToken);
        Answers = Answers with { Stored = stored };
        if (stored is ProbeAnswer.NoAnswer)
        {
            return;
        }

        var without = probe with { ExternalId = null };
        Answers = Answers with { Without = await refusing.TryAsync(without, cancellationToken) };
        if (Answers.Without is ProbeAnswer.NoAnswer)
        {
            return;
        }

        var wrong = probe with { ExternalId = ExternalId.New() };
        Answers = Answers with { Wrong = await refusing.TryAsync(wrong, cancellationToken) };
        if (Answers is not { Without: ProbeAnswer.Refused, Wrong: ProbeAnswer.Refused })
        {
            return;
        }

        Answers =
            stored is ProbeAnswer.Assumed
                ? Answers with
                {
                    StoredAgain = await granting.TryAsync(probe, cancellationToken),
                }
                : Answers with
                {
                    MissingActions = await MissingActionsAsync(cancellationToken),
                };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        granting.Dispose();
        refusing.Dispose();
    }

    /// <summary>A session policy that does not fit is no matter of trust: the role is proven without it, and the app is warned.</summary>
    private async Task<ProbeAnswer> TryStoredAsync(CancellationToken cancellationToken)
    {
        var answer = await granting.TryAsync(probe, cancellationToken);
        if (
            probe.SessionPolicy is null
            || answer is not ProbeAnswer.NoAnswer { Why: AssumeRoleRefusal.SessionTooLarge }
        )
        {
            return answer;
        }

        Answers = Answers with { SessionTooLarge = true };
        probe = probe with { SessionPolicy = null };
        return await granting.TryAsync(probe, cancellationToken);
    }

    /// <summary>Asks for less: without tags, without the source identity, without both.</summary>
    private async Task<IReadOnlyList<string>> MissingActionsAsync(
        CancellationToken cancellationToken
    )
    {
        (string[] Missing, Probe Less)[] tries =
        [
            ([TagSession], probe with { WithTags = false }),
            ([SetSourceIdentity], probe with { WithSourceIdentity = false }),
            (
                [TagSession, SetSourceIdentity],
                probe with
                {
                    WithTags = false,
                    WithSourceIdentity = false,
                }
            ),
        ];
        foreach (var (missing, less) in tries)
        {
            if (await granting.TryAsync(less, cancellationToken) is ProbeAnswer.Assumed)
            {
                return missing;
            }
        }

        return [];
    }
}
