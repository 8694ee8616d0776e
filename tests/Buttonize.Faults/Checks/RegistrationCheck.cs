using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Checks;

/// <summary>Every registration that was acknowledged is there afterwards, on both control planes, and is proven without anybody's help.</summary>
internal static class RegistrationCheck
{
    /// <summary>What was tried in vain during a fault is tried again within a minute.</summary>
    private static readonly TimeSpan VerdictLimit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="stage">Where.</param>
    /// <param name="acknowledged">Those that were answered with 201.</param>
    /// <param name="verdicts">Whether they have to be proven by now, and not only there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A sentence for each registration that is lost or stays without a verdict.</returns>
    public static async Task<IReadOnlyList<string>> FindLostAsync(
        FaultStage stage,
        IReadOnlyList<Acknowledged> acknowledged,
        bool verdicts,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(verdicts ? VerdictLimit : TimeSpan.Zero);
        var lost = new List<string>();
        foreach (var instance in stage.Instances)
        {
            using var api = new ApiClient(instance.Address);
            foreach (var app in acknowledged)
            {
                var status = await VerdictAsync(api, app, limit.Token, cancellationToken);
                if (status != "verified" && (verdicts || status != "pending"))
                {
                    lost.Add($"The acknowledged app {app.AppId} is {status}.");
                }
            }
        }

        return lost;
    }

    private static async Task<string> VerdictAsync(
        ApiClient api,
        Acknowledged app,
        CancellationToken limit,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var reply = await api.GetAsync(
                $"/v1/apps/{app.AppId}",
                app.Tenant.ApiKey,
                cancellationToken
            );
            var status =
                reply.Status == 200
                    ? (string)reply.Body!["verification"]!["status"]!
                    : $"answered with {reply}";
            if (status != "pending" || limit.IsCancellationRequested)
            {
                return status;
            }

            await Task.Delay(Pause, limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
