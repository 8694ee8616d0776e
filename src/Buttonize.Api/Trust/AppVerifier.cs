using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
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
internal sealed partial class AppVerifier(
    AppStore store,
    ExternalIds externalIds,
    RoleProof proof,
    ButtonizeMetrics metrics,
    TimeProvider time,
    ILogger<AppVerifier> logger
)
{
    private const int Tries = 3;

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

        return outcome == SaveOutcome.Saved ? Noted(app, after, target) : null;
    }

    private async Task<App?> TryVerifyAsync(App app, CancellationToken cancellationToken)
    {
        var current = app;
        if (app.PendingReplacement is not null)
        {
            var replacement = await CheckAsync(app, CheckTarget.Replacement, cancellationToken);
            var recorded = await RecordAsync(replacement, cancellationToken);
            if (recorded is null or { PendingReplacement: null })
            {
                return recorded;
            }

            current = recorded;
        }

        var own = await CheckAsync(current, CheckTarget.Own, cancellationToken);
        return await RecordAsync(own, cancellationToken) is { } now
            ? now with
            {
                Verification = now.Verification with
                {
                    CheckedAt = time.GetUtcNow(),
                    Checks = own.Found.Checks,
                    MissingActions = own.Found.MissingActions,
                },
            }
            : null;
    }

    private App Noted(App before, App after, CheckTarget target)
    {
        var (was, isNow) =
            target == CheckTarget.Own
                ? (before.Verification, after.Verification)
                : (
                    before.PendingReplacement!.Verification,
                    after.PendingReplacement?.Verification ?? after.Verification
                );
        metrics.Verified(isNow.Status.Wire());
        switch (was.Status, isNow.Status)
        {
            case (VerificationStatus.Verified, VerificationStatus.Failed):
                LogOpened(logger, after.Id, after.Organization, isNow.Reason);
                break;
            case var (old, current) when old != current:
                LogChanged(logger, after.Id, after.Organization, old.Wire(), current.Wire());
                break;
            case (VerificationStatus.Verified, _)
                when was.Misses < isNow.Misses
                    && isNow.Misses == VerificationRules.RefusalsBeforeWarning:
                LogRefuses(logger, after.Id, after.Organization, isNow.Misses);
                break;
        }

        return after;
    }

    [LoggerMessage(
        1501,
        LogLevel.Error,
        "The role of app {AppId} of organization {OrganizationId} is not used any more: {Reason}"
    )]
    private static partial void LogOpened(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        string reason
    );

    [LoggerMessage(
        1502,
        LogLevel.Information,
        "The role of app {AppId} of organization {OrganizationId} was {Before} and is {After}"
    )]
    private static partial void LogChanged(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        string before,
        string after
    );

    [LoggerMessage(
        1503,
        LogLevel.Warning,
        "The role of app {AppId} of organization {OrganizationId} has refused its External ID {Times} times in a row"
    )]
    private static partial void LogRefuses(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        int times
    );
}
