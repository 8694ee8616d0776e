using Buttonize.Api.Hosting;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>Replaces and deletes apps, so that the app and its claims always move together.</summary>
internal sealed class AppChanges(
    AppStore store,
    OrganizationDirectory organizations,
    ChangeRetries retries,
    DataKeys keys,
    ExternalIds externalIds,
    RoleProof proof,
    OpenRoles openRoles,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Replaces an app's registration, keeping its External ID where none is given and the role stays the same.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="definition">What takes its place.</param>
    /// <param name="externalId">The External ID, or null to keep the present one.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<ChangeOutcome> ReplaceAsync(
        OrganizationId organization,
        AppId id,
        AppDefinition definition,
        ExternalId? externalId,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    )
    {
        Proven? proven = null;
        return retries.RunAsync(
            organization,
            id,
            isExpected,
            async app =>
            {
                if (
                    externalId is null
                    && app.Definition.ExecutionRoleArn != definition.ExecutionRoleArn
                )
                {
                    return new ChangeOutcome.ExternalIdNeeded();
                }

                proven = await ProveAsync(app, definition, externalId, proven, cancellationToken);
                return await TryReplaceAsync(
                    app,
                    definition,
                    externalId,
                    proven,
                    cancellationToken
                );
            },
            cancellationToken
        );
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
        var outcome = await retries.RunAsync(
            organization,
            id,
            isExpected,
            async app =>
                await store.DeleteAsync(app, cancellationToken)
                    ? new ChangeOutcome.Deleted()
                    : await SuspendedAsync(organization, cancellationToken),
            cancellationToken
        );
        return outcome is ChangeOutcome.Missing ? new ChangeOutcome.Deleted() : outcome;
    }

    /// <summary>Whether a change was not written because the organization is suspended since; null where it was overtaken otherwise.</summary>
    private async Task<ChangeOutcome?> SuspendedAsync(
        OrganizationId organization,
        CancellationToken cancellationToken
    ) =>
        await organizations.FindAsync(organization, cancellationToken)
            is { Suspension: { } suspension }
            ? new ChangeOutcome.OrganizationSuspended(suspension.Reason)
            : null;

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
            // It replaces nothing. Where it serves already, here or in another app, that is how its drift was found out.
            metrics.Verified(VerificationStatus.Failed.Wire());
            await openRoles.StopUsingAsync(
                app.Organization,
                subject.Role,
                found,
                cancellationToken
            );
            return new ChangeOutcome.Untrusted(found);
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
        Write[] inUse = [Write.Check(Key.Organization(app.Organization), Organization.IsLive)];
        var outcome =
            found.Verdict == ProofVerdict.Proven
                ? await store.SaveProvenAsync(
                    app,
                    after,
                    subject.ExternalId,
                    inUse,
                    cancellationToken
                )
                : await store.SaveAsync(app, after, inUse, cancellationToken);
        if (outcome == SaveOutcome.HeldElsewhere)
        {
            // Somebody else was quicker. To this organization, that looks like a role that refuses.
            after = Replaced(proof.Refused());
            outcome = await store.SaveAsync(app, after, inUse, cancellationToken);
        }

        if (outcome != SaveOutcome.Saved)
        {
            return await SuspendedAsync(app.Organization, cancellationToken);
        }

        metrics.Verified(
            (after.PendingReplacement?.Verification ?? after.Verification).Status.Wire()
        );
        return new ChangeOutcome.Changed(after);

        App Replaced(ProofResult by) =>
            AppVerdicts.Replaced(app, definition, sealedExternalId, by, time.GetUtcNow());
    }
}
