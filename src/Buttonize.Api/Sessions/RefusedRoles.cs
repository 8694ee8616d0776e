using System.Collections.Concurrent;
using Buttonize.Api.Apps;
using Buttonize.Api.Aws;

namespace Buttonize.Api.Sessions;

/// <summary>
/// What STS refused, for 30 seconds: a role that refuses is refused to whoever asks again without another call. Only to the very same request,
/// for a trust policy can tell people apart; and only until the app is changed or checked again, so that whoever mends a role need not wait.
/// </summary>
internal sealed class RefusedRoles(TimeProvider time)
{
    private const int Most = 10_000;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Asked, Answer> answers = new();

    /// <summary>What STS refused this request a moment ago; null where it did not.</summary>
    public AssumeRoleOutcome.Refused? Find(App app, AssumeRoleCommand command) =>
        answers.TryGetValue(Asked.Of(app, command), out var answer) && IsFresh(answer)
            ? answer.Refused
            : null;

    /// <summary>Remembers a refusal that the next call would meet as well.</summary>
    public void Note(App app, AssumeRoleCommand command, AssumeRoleOutcome.Refused refused)
    {
        if (refused.Why is not (AssumeRoleRefusal.RoleRefused or AssumeRoleRefusal.SessionTooLarge))
        {
            return;
        }

        if (answers.Count >= Most)
        {
            foreach (var stale in answers.Where(a => !IsFresh(a.Value)))
            {
                answers.TryRemove(stale);
            }
        }

        // Where all are fresh, the limits on calls have to do.
        if (answers.Count < Most)
        {
            answers[Asked.Of(app, command)] = new Answer(refused, time.GetTimestamp());
        }
    }

    private bool IsFresh(Answer answer) => time.GetElapsedTime(answer.At) < Kept;

    private sealed record Answer(AssumeRoleOutcome.Refused Refused, long At);

    /// <summary>
    /// All that STS decides by. Role, External ID and session policy are the app's, and change its version; checks of the role change when it
    /// was checked.
    /// </summary>
    private sealed record Asked(
        OrganizationId Organization,
        AppId App,
        long Version,
        DateTimeOffset CheckedAt,
        string SessionName,
        string Tags
    )
    {
        public static Asked Of(App app, AssumeRoleCommand command) =>
            new(
                app.Organization,
                app.Id,
                app.Version,
                app.Verification.CheckedAt,
                command.Identity.SessionName,
                string.Join('\n', command.Identity.Tags)
            );
    }
}
