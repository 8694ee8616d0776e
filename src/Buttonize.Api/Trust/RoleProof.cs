using Buttonize.Api.Apps;
using Buttonize.Api.Aws;

namespace Buttonize.Api.Trust;

/// <summary>What is to be proven: that a role trusts the control plane under this External ID, and under no other.</summary>
/// <param name="Organization">The tenant that says that the role is its own.</param>
/// <param name="App">The app it is for.</param>
/// <param name="Role">The role.</param>
/// <param name="ExternalId">The External ID.</param>
/// <param name="SessionPolicy">The session policy that the app's sessions get, or null.</param>
internal sealed record ProofSubject(
    OrganizationId Organization,
    AppId App,
    RoleArn Role,
    ExternalId ExternalId,
    string? SessionPolicy
)
{
    /// <summary>The subject of an app's definition.</summary>
    public static ProofSubject Of(
        OrganizationId organization,
        AppId app,
        AppDefinition definition,
        ExternalId externalId
    ) =>
        new(
            organization,
            app,
            definition.ExecutionRoleArn,
            externalId,
            Sessions.SessionPolicy.Of(definition)
        );
}

/// <summary>
/// Proves a role's trust policy by trying it: assumed with the stored External ID, refused without one, refused with a random one,
/// assumed with the stored one again, so that the refusals were not mere ignorance of a new role. The same request each time; only
/// the External ID differs. Refused means <c>AccessDenied</c>, nothing else.
/// </summary>
internal sealed class RoleProof(
    RoleProber prober,
    ClaimReader claims,
    ProofReport report,
    TimeProvider time
)
{
    /// <summary>What a proof may take of its caller's time; what has no answer by then proves nothing.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static readonly ProofAnswers RefusedAnswers = new(
        new ProbeAnswer.Refused(),
        new ProbeAnswer.Refused(),
        new ProbeAnswer.Refused()
    );

    /// <summary>Proves a role, or not.</summary>
    /// <remarks>
    /// While another organization holds the role or the External ID, the very same is done with an External ID that nobody has, and
    /// counts as a refusal whatever comes of it: the other's External ID is never used for it, and nothing tells it from a role that refuses.
    /// </remarks>
    /// <exception cref="Storage.StorageUnavailableException"/>
    public async Task<ProofResult> ProveAsync(
        ProofSubject subject,
        CancellationToken cancellationToken
    )
    {
        if (
            !await claims.AreHeldElsewhereAsync(
                subject.Organization,
                subject.Role,
                subject.ExternalId,
                cancellationToken
            )
        )
        {
            return await TryAsync(subject, cancellationToken);
        }

        var tried = await TryAsync(
            subject with
            {
                ExternalId = ExternalId.New(),
            },
            cancellationToken
        );
        return tried.Verdict == ProofVerdict.Inconclusive ? tried : Refused();
    }

    /// <summary>What a role that refuses comes to.</summary>
    public ProofResult Refused() => report.Of(RefusedAnswers);

    private async Task<ProofResult> TryAsync(
        ProofSubject subject,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            limit.Token
        );
        var answers = new ProofAnswers();
        foreach (var region in prober.RegionsFor(subject.Role.AccountId))
        {
            answers = await TryAsync(region, subject, either.Token, cancellationToken);
            if (
                answers.Stored
                is not ProbeAnswer.NoAnswer
                {
                    Why: AssumeRoleRefusal.Unavailable or AssumeRoleRefusal.RegionDisabled
                }
            )
            {
                break;
            }
        }

        return report.Of(answers);
    }

    private async Task<ProofAnswers> TryAsync(
        StsRegion region,
        ProofSubject subject,
        CancellationToken limit,
        CancellationToken cancellationToken
    )
    {
        using var attempt = new ProofAttempt(prober, region, subject);
        try
        {
            await attempt.RunAsync(limit);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The proof's own time is up: what was found until then counts.
        }

        if (
            attempt.Answers.Stored is ProbeAnswer.NoAnswer { Why: AssumeRoleRefusal.RegionDisabled }
        )
        {
            region.Disabled(subject.Role.AccountId);
        }

        return attempt.Answers;
    }
}
