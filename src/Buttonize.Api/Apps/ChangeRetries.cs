using Buttonize.Api.Storage;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What became of a change to an app.</summary>
internal abstract record ChangeOutcome
{
    /// <summary>It is done; the app as it is now.</summary>
    public sealed record Changed(App App) : ChangeOutcome;

    /// <summary>It is gone, or was never there.</summary>
    public sealed record Deleted : ChangeOutcome;

    /// <summary>There is no such app in this organization.</summary>
    public sealed record Missing : ChangeOutcome;

    /// <summary>It has changed since the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>The organization was suspended a moment ago.</summary>
    public sealed record OrganizationSuspended(string Reason) : ChangeOutcome;

    /// <summary>Another role needs its External ID named.</summary>
    public sealed record ExternalIdNeeded : ChangeOutcome;

    /// <summary>The role can be assumed without its External ID; nothing is replaced.</summary>
    public sealed record Untrusted(ProofResult Proof) : ChangeOutcome;
}

/// <summary>
/// Changes an app: every change begins with the version that was read, and is made anew when another change came between.
/// </summary>
internal sealed class ChangeRetries(AppStore store, TimeProvider time)
{
    /// <summary>Makes a change.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="tryOnce">One try, with the app as it is; null where it was overtaken by another change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException">Also where the app kept changing meanwhile.</exception>
    public async Task<ChangeOutcome> RunAsync(
        OrganizationId organization,
        AppId id,
        Func<long, bool> isExpected,
        Func<App, Task<ChangeOutcome?>> tryOnce,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            if (await store.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return new ChangeOutcome.Missing();
            }

            if (!isExpected(app.Version))
            {
                return new ChangeOutcome.Stale();
            }

            if (await tryOnce(app) is { } outcome)
            {
                return outcome;
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }
}
