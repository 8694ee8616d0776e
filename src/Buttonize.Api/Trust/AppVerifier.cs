using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Trust;

/// <summary>A check of one of an app's roles, before it is written down.</summary>
/// <param name="App">The app as it was read.</param>
/// <param name="Target">Which role.</param>
/// <param name="ExternalId">The External ID it was checked with.</param>
/// <param name="Found">What was found.</param>
internal sealed record AppCheck(
    App App,
    CheckTarget Target,
    ExternalId ExternalId,
    ProofResult Found
);

/// <summary>Checks the roles of stored apps again, and writes down what follows: verdict and claims in one write.</summary>
internal sealed class AppVerifier(
    AppStore store,
    ExternalIds externalIds,
    RoleProof proof,
    OpenRoles openRoles,
    VerdictLog verdicts,
    TimeProvider time
)
{
    private const int Tries = 3;
    private const int RecordTries = 12;

    /// <summary>Checks everything of an app now, whenever it is due.</summary>
    /// <returns>
    /// The app with what was found, also where that proves nothing and is not kept; null where there is no such app.
    /// </returns>
    /// <exception cref="StorageUnavailableException">Also where the app kept changing meanwhile.</exception>
    public async Task<App?> VerifyAsync(
        OrganizationId organization,
        AppId id,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await store.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return null;
            }

            if (await TryVerifyAsync(app, cancellationToken) is { } verified)
            {
                return verified;
            }
        }

        throw StorageUnavailableException.Overtaken();
    }

    /// <summary>Checks one of an app's roles. Nothing is written.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<AppCheck> CheckAsync(
        App app,
        CheckTarget target,
        CancellationToken cancellationToken
    )
    {
        var (definition, sealedExternalId) =
            target == CheckTarget.Own
                ? (app.Definition, app.SealedExternalId)
                : (app.PendingReplacement!.Definition, app.PendingReplacement.SealedExternalId);
        var externalId = await externalIds.OpenAsync(
            sealedExternalId,
            app.Organization,
            app.Id,
            cancellationToken
        );
        var subject = ProofSubject.Of(app.Organization, app.Id, definition, externalId);
        return new AppCheck(
            app,
            target,
            externalId,
            await proof.ProveAsync(subject, cancellationToken)
        );
    }

    /// <summary>Writes down what a check found.</summary>
    /// <returns>The app as it is now; null where it was overtaken by another change, and nothing is written.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<App?> RecordAsync(AppCheck check, CancellationToken cancellationToken)
    {
        var (app, target, externalId, found) = check;
        var now = time.GetUtcNow();
        var after = AppVerdicts.Checked(app, target, found, now);
        var takesRole =
            found.Verdict == ProofVerdict.Proven
            && (target == CheckTarget.Replacement || !app.HoldsRole);
        var outcome = takesRole
            ? await store.SaveProvenAsync(app, after, externalId, [], cancellationToken)
            : await store.SaveAsync(app, after, [], cancellationToken);
        if (outcome == SaveOutcome.HeldElsewhere)
        {
            // Somebody else was quicker. To this organization, that looks like a role that refuses.
            after = AppVerdicts.Checked(app, target, proof.Refused(), now);
            outcome = await store.SaveAsync(app, after, [], cancellationToken);
        }

        if (outcome != SaveOutcome.Saved)
        {
            return null;
        }

        Note(app, after, check);
        if (found.Verdict != ProofVerdict.Open)
        {
            return after;
        }

        await openRoles.StopUsingAsync(
            app.Organization,
            RoleOf(app, target),
            found,
            cancellationToken
        );
        return await store.FindAsync(app.Organization, app.Id, cancellationToken);
    }

    private static RoleArn RoleOf(App app, CheckTarget target) =>
        target == CheckTarget.Own
            ? app.Definition.ExecutionRoleArn
            : app.PendingReplacement!.Definition.ExecutionRoleArn;

    /// <summary>
    /// Writes down what was found also where something else was written meanwhile, as long as it is about the same role and External ID:
    /// the proof stands, and need not be made again.
    /// </summary>
    private async Task<App?> RecordLatestAsync(AppCheck check, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= RecordTries; attempt++)
        {
            if (await RecordAsync(check, cancellationToken) is { } recorded)
            {
                return recorded;
            }

            var app = await store.FindAsync(
                check.App.Organization,
                check.App.Id,
                cancellationToken
            );
            if (app is null || !IsSameSubject(app, check))
            {
                return null;
            }

            check = check with { App = app };
        }

        return null;
    }

    private static bool IsSameSubject(App app, AppCheck check) =>
        check.Target == CheckTarget.Own
            ? app.Definition.ExecutionRoleArn == check.App.Definition.ExecutionRoleArn
                && app.SealedExternalId.AsSpan().SequenceEqual(check.App.SealedExternalId)
            : app.PendingReplacement is { } pending
                && pending.Definition.ExecutionRoleArn
                    == check.App.PendingReplacement!.Definition.ExecutionRoleArn
                && pending
                    .SealedExternalId.AsSpan()
                    .SequenceEqual(check.App.PendingReplacement.SealedExternalId);

    private async Task<App?> TryVerifyAsync(App app, CancellationToken cancellationToken)
    {
        var current = app;
        if (app.PendingReplacement is not null)
        {
            var replacement = await CheckAsync(app, CheckTarget.Replacement, cancellationToken);
            var recorded = await RecordLatestAsync(replacement, cancellationToken);
            if (recorded is null or { PendingReplacement: null })
            {
                return recorded;
            }

            current = recorded;
        }

        var own = await CheckAsync(current, CheckTarget.Own, cancellationToken);
        if (await RecordLatestAsync(own, cancellationToken) is not { } now)
        {
            return null;
        }

        // What proves nothing is not kept, and is told all the same. Anything else is told as it was written down: another organization's
        // claim can have made a refusal of it.
        return own.Found.Verdict == ProofVerdict.Inconclusive
            ? now with
            {
                Verification = now.Verification with
                {
                    CheckedAt = time.GetUtcNow(),
                    Checks = own.Found.Checks,
                    MissingActions = own.Found.MissingActions,
                },
            }
            : now;
    }

    private void Note(App before, App after, AppCheck check)
    {
        // What proves nothing is no verdict.
        if (check.Found.Verdict == ProofVerdict.Inconclusive)
        {
            return;
        }

        verdicts.Note(
            after,
            check.Target == CheckTarget.Own
                ? before.Verification
                : before.PendingReplacement!.Verification,
            check.Target == CheckTarget.Own
                ? after.Verification
                : after.PendingReplacement?.Verification ?? after.Verification
        );
    }
}
