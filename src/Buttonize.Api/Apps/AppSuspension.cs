using Buttonize.Api.Storage;

namespace Buttonize.Api.Apps;

/// <summary>
/// Suspends apps, and lifts that. Only this writes an app's suspension: replacements and checks of its role leave it as it is.
/// </summary>
internal sealed class AppSuspension(AppStore store, ChangeRetries retries, TimeProvider time)
{
    /// <summary>No more sessions are issued, from the next call on. A new reason takes the place of an older one.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="reason">Why, for whoever meets it.</param>
    /// <param name="by">Who suspends it.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public Task<ChangeOutcome> SuspendAsync(
        OrganizationId organization,
        AppId id,
        string reason,
        UserId by,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        retries.RunAsync(
            organization,
            id,
            isExpected,
            app =>
                TrySaveAsync(app, new Suspension(reason, time.GetUtcNow(), by), cancellationToken),
            cancellationToken
        );

    /// <summary>Lifts an app's suspension; where there is none, nothing changes.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<ChangeOutcome> LiftAsync(
        OrganizationId organization,
        AppId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    ) =>
        retries.RunAsync(
            organization,
            id,
            isExpected,
            async app =>
                app.Suspension is null
                    ? new ChangeOutcome.Changed(app)
                    : await TrySaveAsync(app, suspension: null, cancellationToken),
            cancellationToken
        );

    /// <summary>One try; null where it was overtaken by another change.</summary>
    private async Task<ChangeOutcome?> TrySaveAsync(
        App app,
        Suspension? suspension,
        CancellationToken cancellationToken
    )
    {
        var after = app with
        {
            Suspension = suspension,
            UpdatedAt = time.GetUtcNow(),
            Version = app.Version + 1,
        };
        return await store.SaveAsync(app, after, [], cancellationToken) == SaveOutcome.Saved
            ? new ChangeOutcome.Changed(after)
            : null;
    }
}
