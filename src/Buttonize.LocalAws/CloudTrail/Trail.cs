namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// The trails of all accounts: the newest records, findable at once, and on disk when a folder is configured. Recording
/// only notes what happened; the JSON is made when somebody reads it.
/// </summary>
internal sealed class Trail(TrailFolder folder)
{
    /// <summary>Of all accounts together; the oldest go first.</summary>
    public const int MaxRecords = 10_000;

    private readonly Lock gate = new();
    private readonly Queue<TrailRecord> records = new();

    /// <summary>
    /// Records a call in its caller's account and, when it succeeded, in the resource's if that is another one: two records,
    /// each with its own eventID and both with the same sharedEventID ("sharedEventID"). Nothing that was refused reaches
    /// the other account ("Logging IAM and AWS STS API requests").
    /// </summary>
    /// <param name="source">Null for what is not to be recorded.</param>
    public void Record(TrailEvent? source)
    {
        if (source is null)
        {
            return;
        }
        var caller = source.Call.Caller.AccountId;
        var owner = source.Error is null ? source.Resource?.AccountId ?? caller : caller;
        if (owner == caller)
        {
            Add(new TrailRecord(source, caller, SharedEventId: null));
            return;
        }
        var sharedEventId = Guid.NewGuid().ToString();
        Add(new TrailRecord(source, caller, sharedEventId));
        Add(new TrailRecord(source, owner, sharedEventId));
    }

    /// <returns>The newest first.</returns>
    public IReadOnlyList<TrailRecord> Find(string? eventName, string? accountId)
    {
        TrailRecord[] all;
        lock (gate)
        {
            all = [.. records];
        }
        return
        [
            .. all.Where(record =>
                    (eventName is null || record.Source.EventName == eventName)
                    && (accountId is null || record.RecipientAccountId == accountId)
                )
                .Reverse(),
        ];
    }

    private void Add(TrailRecord record)
    {
        lock (gate)
        {
            records.Enqueue(record);
            if (records.Count > MaxRecords)
            {
                records.Dequeue();
            }
        }
        folder.Add(record);
    }
}
