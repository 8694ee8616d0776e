using System.Collections.Concurrent;

namespace Buttonize.Api.Limits;

/// <summary>The uses of one kind of limit, by who is limited, on this instance and (a second late) on the others.</summary>
/// <param name="name">The limit, as the metric's label says it.</param>
/// <param name="limit">How many uses each may have in any <paramref name="window"/>.</param>
/// <param name="window">The time that the limit is for.</param>
/// <param name="time">The clock.</param>
internal sealed class Usage(string name, int limit, TimeSpan window, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>The limit, as the metric's label says it.</summary>
    public string Name => name;

    /// <summary><paramref name="key"/> wants to use it, whether it may or not: it is active by that.</summary>
    public void Want(string key) => Volatile.Write(ref EntryOf(key).WantedAt, time.GetTimestamp());

    /// <summary>Uses it once for <paramref name="key"/>, if the limit allows.</summary>
    public LimitReached? TryUse(string key)
    {
        var entry = EntryOf(key);
        if (entry.Window.TryUse(limit) is { } wait)
        {
            return new LimitReached(name, wait);
        }

        Interlocked.Increment(ref entry.Unpublished);
        return null;
    }

    /// <summary>Whether the limit is reached for <paramref name="key"/>, without using it.</summary>
    public LimitReached? Reached(string key) =>
        entries.TryGetValue(key, out var entry) && entry.Window.Wait(limit) is { } wait
            ? new LimitReached(name, wait)
            : null;

    /// <summary>How often <paramref name="key"/> used it in the last window.</summary>
    public int CountOf(string key) =>
        entries.TryGetValue(key, out var entry) ? entry.Window.Count : 0;

    /// <summary>How many used it in the last window, or wanted to.</summary>
    public int Active() => entries.Values.Count(IsActive);

    /// <summary>Counts what another instance let pass.</summary>
    public void NoteElsewhere(string key, int count) => EntryOf(key).Window.Note(count);

    /// <summary>
    /// What was used here since this was asked last, by those who are worth telling the other instances of: who has used a tenth of a limit.
    /// Forgets who has used nothing for a window.
    /// </summary>
    public IReadOnlyList<(string Key, int Count)> TakeUnpublished()
    {
        var told = new List<(string, int)>();
        foreach (var (key, entry) in entries)
        {
            var count = entry.Window.Count;
            if (!IsActive(entry))
            {
                // Whoever uses it at this very moment is counted in an entry that nobody finds again: one use of a window too few.
                entries.TryRemove(new(key, entry));
            }
            else if (
                count * 10 >= limit
                && Interlocked.Exchange(ref entry.Unpublished, 0) is > 0 and var used
            )
            {
                // Uses of before the window were too few to be told, and do not count any more.
                told.Add((key, Math.Min(used, count)));
            }
        }

        return told;
    }

    private Entry EntryOf(string key) =>
        entries.GetOrAdd(
            key,
            _ => new Entry(new SlidingWindow(limit, window, time), time.GetTimestamp())
        );

    private bool IsActive(Entry entry) =>
        entry.Window.Count > 0 || time.GetElapsedTime(Volatile.Read(ref entry.WantedAt)) < window;

    private sealed class Entry(SlidingWindow window, long wantedAt)
    {
        public readonly SlidingWindow Window = window;
        public long WantedAt = wantedAt;
        public int Unpublished;
    }
}
