using Buttonize.Api.Apps;

namespace Buttonize.Api.Trust;

/// <summary>
/// Where an app waits for its next check. First proofs have a queue of their own: somebody waits for them, and a day's
/// re-verifications must not stand before them.
/// </summary>
/// <param name="Name">The queue: the partition of the table's index of checks.</param>
/// <param name="At">When the check is due: the sort key there.</param>
internal sealed record CheckQueue(string Name, DateTimeOffset At)
{
    /// <summary>Roles that are not proven yet.</summary>
    public const string First = "FIRST";

    /// <summary>Roles that were proven, and are to be again.</summary>
    public const string Again = "AGAIN";

    /// <summary>The place of an app, or null where nothing of it is to be checked by itself.</summary>
    public static CheckQueue? Of(App app)
    {
        Verification?[] both = [app.Verification, app.PendingReplacement?.Verification];
        return both.Min(v => v?.NextCheckAt) is { } at
            ? new CheckQueue(
                both.Any(v => v is { Status: VerificationStatus.Pending, NextCheckAt: not null })
                    ? First
                    : Again,
                at
            )
            : null;
    }
}
