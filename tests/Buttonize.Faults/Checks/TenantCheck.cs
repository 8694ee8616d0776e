using System.Text.Json.Nodes;
using Buttonize.Faults.Stage;
using Buttonize.Local.Stack;

namespace Buttonize.Faults.Checks;

/// <summary>
/// Every session is of the role, the person and the organization that it was asked for: as the customer's own trail says, and as Lambda
/// finds, where it is tried.
/// </summary>
internal static class TenantCheck
{
    /// <returns>A sentence for each session that is another's.</returns>
    public static async Task<IReadOnlyList<string>> FindWrongAsync(
        FaultStage stage,
        IReadOnlyList<Received> received,
        CancellationToken cancellationToken
    )
    {
        var wrong = new List<string>();
        foreach (var sessions in received.GroupBy(session => session.Tenant.AccountId))
        {
            var records = await ReadAsync(stage, sessions.Key, cancellationToken);
            wrong.AddRange(
                sessions
                    .Where(session =>
                        !records.TryGetValue(session.Keys.AccessKeyId, out var record)
                        || !IsOf(session, record)
                    )
                    .Select(session =>
                        $"The trail of account {session.Tenant.AccountId} does not have the session {session.Keys.AccessKeyId} as it was asked for."
                    )
            );
        }

        foreach (var session in LastOfEach(received))
        {
            wrong.AddRange(await TryAsync(stage, session, cancellationToken));
        }

        return wrong;
    }

    private static async Task<Dictionary<string, JsonObject>> ReadAsync(
        FaultStage stage,
        string account,
        CancellationToken cancellationToken
    ) =>
        (await stage.Aws.EventsAsync("AssumeRole", account, cancellationToken))
            .Where(record => record["responseElements"] is JsonObject)
            .ToDictionary(
                record => (string)record["responseElements"]!["credentials"]!["accessKeyId"]!,
                StringComparer.Ordinal
            );

    private static bool IsOf(Received session, JsonObject record)
    {
        var parameters = record["requestParameters"]!;
        var tags = parameters["tags"]!
            .AsArray()
            .ToDictionary(tag => (string)tag!["key"]!, tag => (string)tag!["value"]!);
        var name = (string)parameters["roleSessionName"]!;
        return (string)parameters["roleArn"]! == session.App.RoleArn
            && name == (string)parameters["sourceIdentity"]!
            && name.StartsWith($"btnz__{session.Person.UserId}__", StringComparison.Ordinal)
            && tags["buttonize-user-id"] == session.Person.UserId
            && tags["buttonize-organization-id"] == session.Tenant.OrganizationId
            && tags["buttonize-app-id"] == session.App.AppId;
    }

    /// <summary>Functions are programs that have to be started, so each app is tried once for each person.</summary>
    private static IEnumerable<Received> LastOfEach(IReadOnlyList<Received> received) =>
        received
            .GroupBy(session => (session.App.AppId, session.Person.UserId))
            .Select(sessions => sessions.Last());

    private static async Task<IEnumerable<string>> TryAsync(
        FaultStage stage,
        Received session,
        CancellationToken cancellationToken
    )
    {
        var problems = new List<string>();
        foreach (var app in stage.Tenants.SelectMany(tenant => tenant.Apps))
        {
            var (status, error, _) = await stage.Aws.InvokeAsync(
                session.Keys,
                LocalEnvironment.Region,
                app.FunctionArn,
                [],
                TimeProvider.System.GetUtcNow(),
                cancellationToken
            );
            var isRight =
                app == session.App
                    ? status == 200
                    : status == 403 && error == "AccessDeniedException";
            if (!isRight)
            {
                problems.Add(
                    $"The session {session.Keys.AccessKeyId} of {session.App.RoleArn} gets {status} {error} from {app.FunctionArn}."
                );
            }
        }

        return problems;
    }
}
