using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>
/// Makes changes that rest on the caller's standing. Each write holds only while the standing it was decided from still holds: the
/// owner, the groups, and the caller's membership. Where it does not, everything is read and decided anew (see docs/adr/0012).
/// </summary>
internal sealed class GuardedChanges(AccessReader access, TimeProvider time)
{
    /// <summary>Makes a change.</summary>
    /// <param name="standing">The caller's standing, as the call was granted on it.</param>
    /// <param name="demand">What the change needs, for when it has to be decided anew.</param>
    /// <param name="tryOnce">One try, by a standing; null where it was overtaken by another change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException">Also where it was overtaken again and again.</exception>
    public async Task<Outcome<T>> RunAsync<T>(
        Standing standing,
        Demand demand,
        Func<Standing, Task<Outcome<T>?>> tryOnce,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            if (await tryOnce(standing) is { } outcome)
            {
                return outcome;
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
            var now = await access.ReadAsync(
                standing.User,
                standing.Organization.Id,
                cancellationToken
            );
            if (AccessRules.Decide(demand, now) is { } refusal)
            {
                return refusal;
            }

            standing = now!;
        }

        throw StorageUnavailableException.Overtaken();
    }
}
