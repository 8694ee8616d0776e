using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>
/// Holds an answer until the role of an app has its verdict. The proof itself is made in the background, by whichever instance does
/// that work; here the app is only read again and again.
/// </summary>
internal sealed class VerdictWait(
    AppStore store,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>The app once it has its verdict, or as it is when the time is up, the caller goes, or the process is to stop.</summary>
    public async Task<App> OfAsync(App app, TimeSpan wait, HttpContext context)
    {
        if (wait == TimeSpan.Zero || !IsWaiting(app))
        {
            return app;
        }

        RequestDeadline.Restart(context, wait + RequestDeadline.Limit);
        using var limit = new CancellationTokenSource(wait, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            limit.Token,
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            while (IsWaiting(app))
            {
                await Task.Delay(Pause, time, any.Token);
                if (await store.FindAsync(app.Organization, app.Id, any.Token) is not { } current)
                {
                    return app;
                }

                app = current;
            }
        }
        catch (Exception fault)
            when (fault is OperationCanceledException or StorageUnavailableException)
        {
            // It is stored, and the caller can poll: as good an answer as there is.
        }

        return app;
    }

    private static bool IsWaiting(App app) =>
        app.Verification.Status == VerificationStatus.Pending
        || app.PendingReplacement?.Verification.Status == VerificationStatus.Pending;
}
