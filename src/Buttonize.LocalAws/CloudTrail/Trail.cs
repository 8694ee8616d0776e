using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>The trails of all accounts, the newest records only, and on disk when a folder is configured.</summary>
internal sealed class Trail(TrailFolder folder)
{
    public const int MaxRecords = 10_000;

    private readonly Lock gate = new();
    private readonly Queue<Entry> entries = new();

    /// <summary>
    /// Records a call in its caller's account, and in the resource's when that is another one
    /// ("Cross-account resource access": both records share an id).
    /// </summary>
    /// <param name="source">Null for what is not to be recorded.</param>
    public void Record(TrailEvent? source)
    {
        if (source is null)
        {
            return;
        }
        var caller = source.Call.Caller.AccountId;
        var owner = source.Resource?.AccountId ?? caller;
        var sharedEventId = owner == caller ? null : Guid.NewGuid().ToString();
        foreach (var account in new[] { caller, owner }.Distinct())
        {
            Add(source, account, sharedEventId);
        }
    }

    /// <returns>Records as JSON, newest first.</returns>
    public IReadOnlyList<string> Find(string? eventName, string? accountId)
    {
        lock (gate)
        {
            return
            [
                .. entries
                    .Where(entry =>
                        (eventName is null || entry.EventName == eventName)
                        && (accountId is null || entry.AccountId == accountId)
                    )
                    .Select(entry => entry.Json)
                    .Reverse(),
            ];
        }
    }

    private void Add(TrailEvent source, string accountId, string? sharedEventId)
    {
        JsonObject record = TrailRecord.Of(source, accountId, sharedEventId);
        var json = record.ToJsonString(TrailJson.Options);
        lock (gate)
        {
            entries.Enqueue(new Entry(source.EventName, accountId, json));
            if (entries.Count > MaxRecords)
            {
                entries.Dequeue();
            }
        }
        folder.Write(accountId, source.Call.Region, source.Call.Time, json);
    }

    private sealed record Entry(string EventName, string AccountId, string Json);
}
