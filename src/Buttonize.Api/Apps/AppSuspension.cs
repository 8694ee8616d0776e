using Buttonize.Api.Access;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Apps;

/// <summary>
/// Suspends apps, and lifts that, for people. What the operator suspended stays as it is; so do all suspensions in replacements and checks.
/// </summary>
internal sealed class AppSuspension(AppStore store, GuardedChanges changes, TimeProvider time)
{
    /// <summary>No more sessions are issued, from the next call on. A new reason takes the place of an older one.</summary>
    /// <param name="caller">Whoever does it.</param>
    /// <param name="id">The app.</param>
    /// <param name="reason">Why, for whoever meets it.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<App>> SuspendAsync(
        Standing caller,
        AppId id,
        string reason,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            caller,
            id,
            isExpected,
            new Suspension(reason, time.GetUtcNow(), caller.User),
            cancellationToken
        );

    /// <summary>Lifts an app's suspension; where there is none, nothing changes.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Outcome<App>> LiftAsync(
        Standing caller,
        AppId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) => ChangeAsync(caller, id, isExpected, suspension: null, cancellationToken);

    private Task<Outcome<App>> ChangeAsync(
        Standing caller,
        AppId id,
        Func<long, bool> isExpected,
        Suspension? suspension,
        CancellationToken cancellationToken
    ) =>
        changes.RunAsync<App>(
            caller,
            new Demand(Permission.ManageApps),
            async standing =>
            {
                // Read anew: its tags can have changed, and with them who may use it.
                var app = await store.FindAsync(standing.Organization.Id, id, cancellationToken);
                if (app is null || !AccessRules.MayUse(standing, app))
                {
                    return new Refusal.NotFound();
                }

                if (!isExpected(app.Version))
                {
                    return new Refusal.Stale();
                }

                if (AccessRules.DecideToLift(app.Suspension) is { } refusal)
                {
                    return refusal;
                }

                if (app.Suspension is null && suspension is null)
                {
                    return app;
                }

                var after = app with
                {
                    Suspension = suspension,
                    UpdatedAt = time.GetUtcNow(),
                    Version = app.Version + 1,
                };
                var outcome = await store.SaveAsync(app, after, standing.Stands, cancellationToken);
                return outcome == SaveOutcome.Saved ? after : (Outcome<App>?)null;
            },
            cancellationToken
        );
}
