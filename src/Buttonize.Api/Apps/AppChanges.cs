using System.Security.Cryptography;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What became of a change to an app.</summary>
internal abstract record ChangeOutcome
{
    /// <summary>It is done; the app as it is now.</summary>
    public sealed record Replaced(App App) : ChangeOutcome;

    /// <summary>It is gone, or was never there.</summary>
    public sealed record Deleted : ChangeOutcome;

    /// <summary>There is no such app in this organization.</summary>
    public sealed record Missing : ChangeOutcome;

    /// <summary>It has changed since the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>Another role needs its External ID named.</summary>
    public sealed record ExternalIdNeeded : ChangeOutcome;

    /// <summary>The role can be assumed without its External ID; nothing is replaced.</summary>
    public sealed record Untrusted(ProofResult Proof) : ChangeOutcome;
}

/// <summary>
/// Replaces and deletes apps. Both begin with the version that was read and are made anew when another change came between, so that
/// the app and its claims always move together.
/// </summary>
internal sealed class AppChanges(
    AppStore store,
    DataKeys keys,
    ExternalIds externalIds,
    RoleProof proof,
    AppVerifier verifier,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>How often a change that was overtaken by another one is made anew.</summary>
    private const int Tries = 12;

    /// <summary>Replaces an app's registration, keeping its External ID where none is given and the role stays the same.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="definition">What takes its place.</param>
    /// <param name="externalId">The External ID, or null to keep the present one.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<ChangeOutcome> ReplaceAsync(
        OrganizationId organization,
        AppId id,
        AppDefinition definition,
        ExternalId? externalId,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    )
    {
        Proven? proven = null;
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await store.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return new ChangeOutcome.Missing();
            }

            if (!isExpected(app.Version))
            {
                return new ChangeOutcome.Stale();
            }

            if (
                externalId is null
                && app.Definition.ExecutionRoleArn != definition.ExecutionRoleArn
            )
            {
                return new ChangeOutcome.ExternalIdNeeded();
            }

            proven = await ProveAsync(app, definition, externalId, proven, cancellationToken);
            if (
                await TryReplaceAsync(app, definition, externalId, proven, cancellationToken) is
                { } outcome
            )
            {
                return outcome;
            }

            await PauseAsync(attempt, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    /// <summary>Deletes an app and frees its role if it was the last one with it. What is not there is deleted already.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<ChangeOutcome> DeleteAsync(
        OrganizationId organization,
        AppId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await store.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return new ChangeOutcome.Deleted();
            }

            if (!isExpected(app.Version))
            {
                return new ChangeOutcome.Stale();
            }

            if (await store.DeleteAsync(app, cancellationToken))
            {
                return new ChangeOutcome.Deleted();
            }

            await PauseAsync(attempt, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    /// <summary>A proof, and what it is a proof of: it counts also where the app was changed otherwise meanwhile.</summary>
    private sealed record Proven(ProofSubject Subject, ProofResult Found);

    /// <summary>Proves a replacement's role, unless <paramref name="earlier"/> is that already.</summary>
    private async Task<Proven> ProveAsync(
        App app,
        AppDefinition definition,
        ExternalId? newExternalId,
        Proven? earlier,
        CancellationToken cancellationToken
    )
    {
        // The present one is opened only where it is kept: sending a new one mends an app whose ciphertext does not open any more.
        var externalId =
            newExternalId
            ?? await externalIds.OpenAsync(
                app.SealedExternalId,
                app.Organization,
                app.Id,
                cancellationToken
            );
        var subject = ProofSubject.Of(app.Organization, app.Id, definition, externalId);
        return earlier?.Subject == subject
            ? earlier
            : new Proven(subject, await proof.ProveAsync(subject, cancellationToken));
    }

    /// <summary>One try at a replacement; null where it was overtaken by another change.</summary>
    private async Task<ChangeOutcome?> TryReplaceAsync(
        App app,
        AppDefinition definition,
        ExternalId? newExternalId,
        Proven proven,
        CancellationToken cancellationToken
    )
    {
        var (subject, found) = proven;
        if (found.Verdict == ProofVerdict.Open)
        {
            return await RefuseAsync(app, proven, cancellationToken);
        }

        var sealedExternalId = newExternalId is null
            ? app.SealedExternalId
            : ExternalIds.Seal(
                await keys.GetAsync(cancellationToken),
                newExternalId,
                app.Organization,
                app.Id
            );
        var after = Replaced(found);
        var outcome =
            found.Verdict == ProofVerdict.Proven
                ? await store.SaveProvenAsync(app, after, subject.ExternalId, [], cancellationToken)
                : await store.SaveAsync(app, after, [], cancellationToken);
        if (outcome == SaveOutcome.HeldElsewhere)
        {
            // Somebody else was quicker. To this organization, that looks like a role that refuses.
            after = Replaced(proof.Refused());
            outcome = await store.SaveAsync(app, after, [], cancellationToken);
        }

        if (outcome != SaveOutcome.Saved)
        {
            return null;
        }

        metrics.Verified(
            (after.PendingReplacement?.Verification ?? after.Verification).Status.Wire()
        );
        return new ChangeOutcome.Replaced(after);

        App Replaced(ProofResult by) =>
            AppVerdicts.Replaced(app, definition, sealedExternalId, by, time.GetUtcNow());
    }

    /// <summary>
    /// An open role replaces nothing. Where it is the one that serves, that is how its drift was found out: it stops at once. Null where
    /// that was overtaken by another change.
    /// </summary>
    private async Task<ChangeOutcome?> RefuseAsync(
        App app,
        Proven proven,
        CancellationToken cancellationToken
    )
    {
        var (subject, found) = proven;
        metrics.Verified(VerificationStatus.Failed.Wire());
        var serves =
            app.HoldsRole
            && Key.RoleClaim(subject.Role) == Key.RoleClaim(app.Definition.ExecutionRoleArn);
        var check = new AppCheck(app, CheckTarget.Own, subject.ExternalId, found);
        return !serves || await verifier.RecordAsync(check, cancellationToken) is not null
            ? new ChangeOutcome.Untrusted(found)
            : null;
    }

    // Jitter, so that those who meet do not meet again at once.
    private async Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(
                TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, 20 * attempt)),
                time,
                cancellationToken
            );
        }
        catch (OperationCanceledException)
        {
            throw StorageUnavailableException.Overtaken();
        }
    }
}
