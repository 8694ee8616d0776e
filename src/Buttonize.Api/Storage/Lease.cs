namespace Buttonize.Api.Storage;

/// <summary>
/// The right to do one kind of background work, held by one instance at a time. Who holds it renews it; when a holder dies, another
/// instance takes it over as soon as it has run out.
/// </summary>
/// <remarks>
/// Times are those of the instances' own clocks. Where they disagree, two instances can work at the same time for a while, so the work
/// must bear that: here every verdict is written on the condition that nobody changed the app.
/// </remarks>
internal sealed class Lease(Table table, TimeProvider time, string work)
{
    /// <summary>How long it lasts without being renewed.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private readonly string holder = Guid.NewGuid().ToString("N");

    /// <summary>Until when this instance holds it, by its own clock.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>Takes or renews it.</summary>
    /// <returns>Whether this instance holds it now.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> TakeAsync(CancellationToken cancellationToken)
    {
        // Counted from before the call: nobody else may believe that it is free before this instance does.
        var now = time.GetUtcNow();
        var taken = await table.UpdateAsync(
            Key.Lease(work),
            new Expression(
                "SET #holder = :holder, #until = :until, #v = :one",
                (":holder", holder),
                (":until", Item.Format(now + Duration)),
                (":one", 1L)
            ),
            new Expression(
                "attribute_not_exists(#pk) OR #holder = :holder OR #until <= :now",
                (":holder", holder),
                (":now", Item.Format(now))
            ),
            cancellationToken
        );
        Until = taken ? now + Duration : default;
        return taken;
    }

    /// <summary>Gives it back, so that the next instance need not wait for its end.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        Until = default;
        await table.UpdateAsync(
            Key.Lease(work),
            new Expression("SET #until = :now", (":now", Item.Format(time.GetUtcNow()))),
            new Expression("#holder = :holder", (":holder", holder)),
            cancellationToken
        );
    }
}
