using Buttonize.Api.Hosting;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What a deployment sends: the app and the External ID of its role.</summary>
internal sealed record Registration(AppDefinition Definition, ExternalId ExternalId);

/// <summary>What became of a registration.</summary>
internal abstract record RegisterOutcome
{
    /// <summary>The app stands, now or since an earlier use of the same idempotency key.</summary>
    public sealed record Registered(App App) : RegisterOutcome;

    /// <summary>The role can be assumed without its External ID; nothing is stored.</summary>
    public sealed record Untrusted(ProofResult Proof) : RegisterOutcome;

    /// <summary>The idempotency key was used for something else, or for an app that is gone.</summary>
    public sealed record KeyReused : RegisterOutcome;

    /// <summary>The first use of the idempotency key is still at work.</summary>
    public sealed record InProgress : RegisterOutcome;

    /// <summary>The organization was deleted a moment ago, and the API key with it.</summary>
    public sealed record NoOrganization : RegisterOutcome;

    /// <summary>The organization was suspended a moment ago.</summary>
    public sealed record Suspended(string Reason) : RegisterOutcome;
}

/// <summary>The deploy flow: prove the role, then write the app, its verdict, the claims and the idempotency record in one transaction.</summary>
internal sealed class AppRegistry(
    AppStore store,
    OrganizationDirectory organizations,
    DataKeys keys,
    Idempotency idempotency,
    RoleProof proof,
    OpenRoles openRoles,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Registers an app.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<RegisterOutcome> RegisterAsync(
        OrganizationId organization,
        Registration registration,
        string? idempotencyKey,
        CancellationToken cancellationToken
    )
    {
        if (idempotencyKey is null)
        {
            return await ProveAndSaveAsync(organization, registration, null, cancellationToken);
        }

        var ring = await keys.GetAsync(cancellationToken);
        var use = Idempotency.UseOf(ring, organization, idempotencyKey, registration);
        if (await EarlierAsync(organization, use, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        if (!await idempotency.BeginAsync(use, cancellationToken))
        {
            // Another one with the same key began a moment ago, or has even ended since.
            return await EarlierAsync(organization, use, cancellationToken)
                ?? new RegisterOutcome.InProgress();
        }

        var outcome = await ProveAndSaveAsync(organization, registration, use, cancellationToken);
        if (outcome is RegisterOutcome.Untrusted or RegisterOutcome.Suspended)
        {
            await ForgetAsync(use, cancellationToken);
        }

        return outcome;
    }

    private async Task ForgetAsync(Idempotency.Use use, CancellationToken cancellationToken)
    {
        try
        {
            await idempotency.ForgetAsync(use, cancellationToken);
        }
        catch (StorageUnavailableException)
        {
            // The record runs out by itself within seconds; what was found must not be lost for it.
        }
    }

    private async Task<RegisterOutcome> ProveAndSaveAsync(
        OrganizationId organization,
        Registration registration,
        Idempotency.Use? use,
        CancellationToken cancellationToken
    )
    {
        var id = AppId.New();
        var found = await proof.ProveAsync(
            ProofSubject.Of(organization, id, registration.Definition, registration.ExternalId),
            cancellationToken
        );
        if (found.Verdict == ProofVerdict.Open)
        {
            metrics.Verified(VerificationStatus.Failed.Wire());
            await openRoles.StopUsingAsync(
                organization,
                registration.Definition.ExecutionRoleArn,
                found,
                cancellationToken
            );
            return new RegisterOutcome.Untrusted(found);
        }

        var app = await NewAppAsync(id, organization, registration, found, cancellationToken);
        IReadOnlyList<Write> remember = use is null ? [] : [idempotency.Remember(use, id)];
        var outcome = app.HoldsRole
            ? await store.SaveProvenAsync(
                before: null,
                app,
                registration.ExternalId,
                remember,
                cancellationToken
            )
            : await store.SaveAsync(before: null, app, remember, cancellationToken);
        if (outcome == SaveOutcome.HeldElsewhere)
        {
            // Somebody else was quicker. To this organization, that looks like a role that refuses.
            app = app with
            {
                HoldsRole = false,
                Verification = VerificationRules.First(proof.Refused(), app.CreatedAt),
            };
            outcome = await store.SaveAsync(before: null, app, remember, cancellationToken);
        }

        if (outcome == SaveOutcome.OrganizationClosed)
        {
            var now = await organizations.FindAsync(organization, cancellationToken);
            return now?.Suspension is { } suspension
                ? new RegisterOutcome.Suspended(suspension.Reason)
                : new RegisterOutcome.NoOrganization();
        }

        if (outcome != SaveOutcome.Saved)
        {
            return await OvertakenAsync(organization, use, cancellationToken);
        }

        metrics.Verified(app.Verification.Status.Wire());
        return new RegisterOutcome.Registered(app);
    }

    /// <summary>The same key was used again after this use had taken too long: the other one's app counts.</summary>
    private async Task<RegisterOutcome> OvertakenAsync(
        OrganizationId organization,
        Idempotency.Use? use,
        CancellationToken cancellationToken
    ) =>
        use is not null
            ? await EarlierAsync(organization, use, cancellationToken)
                ?? new RegisterOutcome.InProgress()
            : throw new InvalidDataException("A new random app id was already taken.");

    private async Task<App> NewAppAsync(
        AppId id,
        OrganizationId organization,
        Registration registration,
        ProofResult found,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var ring = await keys.GetAsync(cancellationToken);
        return new App(
            id,
            organization,
            registration.Definition,
            ExternalIds.Seal(ring, registration.ExternalId, organization, id),
            VerificationRules.First(found, now),
            PendingReplacement: null,
            HoldsRole: found.Verdict == ProofVerdict.Proven,
            Suspension: null,
            CreatedAt: now,
            UpdatedAt: now,
            Version: 1
        );
    }

    private async Task<RegisterOutcome?> EarlierAsync(
        OrganizationId organization,
        Idempotency.Use use,
        CancellationToken cancellationToken
    ) =>
        await idempotency.FindAsync(use, cancellationToken) switch
        {
            null => null,
            { SameBody: false } => new RegisterOutcome.KeyReused(),
            { App: null } => new RegisterOutcome.InProgress(),
            { App: { } id }
                when await store.FindAsync(organization, id, cancellationToken) is { } app =>
                new RegisterOutcome.Registered(app),
            _ => new RegisterOutcome.KeyReused(),
        };
}
