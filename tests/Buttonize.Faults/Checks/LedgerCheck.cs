using System.Text.Json.Nodes;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Checks;

/// <summary>Every session that a client received has exactly one entry in its organization's ledger, which says whose it is.</summary>
internal static class LedgerCheck
{
    /// <returns>A sentence for each session without a true entry.</returns>
    public static async Task<IReadOnlyList<string>> FindLostAsync(
        FaultStage stage,
        IReadOnlyList<Received> received,
        CancellationToken cancellationToken
    )
    {
        var lost = new List<string>();
        using var api = new ApiClient(stage.Instances[1].Address);
        foreach (var tenant in stage.Tenants)
        {
            var entries = (await ReadAsync(api, tenant, cancellationToken)).ToLookup(
                entry => (string)entry["accessKeyId"]!,
                StringComparer.Ordinal
            );
            lost.AddRange(
                received
                    .Where(session => session.Tenant.OrganizationId == tenant.OrganizationId)
                    .Select(session =>
                        (session, Problem: Problem(session, [.. entries[session.Keys.AccessKeyId]]))
                    )
                    .Where(found => found.Problem is not null)
                    .Select(found =>
                        $"The session {found.session.Keys.AccessKeyId} {found.Problem} in the ledger."
                    )
            );
        }

        return lost;
    }

    private static string? Problem(Received session, IReadOnlyList<JsonObject> entries) =>
        entries switch
        {
            [] => "has no entry",
            [var entry] => (string)entry["userId"]! == session.Person.UserId
            && (string)entry["appId"]! == session.App.AppId
            && (string)entry["executionRoleArn"]! == session.App.RoleArn
                ? null
                : "is another's",
            _ => $"has {entries.Count} entries",
        };

    private static async Task<IReadOnlyList<JsonObject>> ReadAsync(
        ApiClient api,
        Tenant tenant,
        CancellationToken cancellationToken
    )
    {
        var entries = new List<JsonObject>();
        string? cursor = null;
        do
        {
            var after = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = (
                await api.GetAsync(
                    $"{tenant.Root}/issuances?limit=200{after}",
                    tenant.Owner.Token,
                    cancellationToken
                )
            ).Good();
            entries.AddRange(page.Body!["items"]!.AsArray().OfType<JsonObject>());
            cursor = (string?)page.Body!["nextCursor"];
        } while (cursor is not null);

        return entries;
    }
}
