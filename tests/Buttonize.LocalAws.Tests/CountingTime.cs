using Microsoft.Extensions.Time.Testing;

namespace Buttonize.LocalAws.Tests;

/// <summary>A clock that stands still and knows how many are waiting for it.</summary>
internal sealed class CountingTime()
    : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
{
    private int waiting;

    public override ITimer CreateTimer(
        TimerCallback callback,
        object? state,
        TimeSpan dueTime,
        TimeSpan period
    )
    {
        var timer = new Counted(this, base.CreateTimer(callback, state, dueTime, period));
        Interlocked.Increment(ref waiting);
        return timer;
    }

    public Task UntilWaitingAsync(int count) =>
        Eventually.BecomesTrueAsync(() => Volatile.Read(ref waiting) == count);

    private sealed class Counted(CountingTime time, ITimer timer) : ITimer
    {
        private int disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            if (Interlocked.Exchange(ref disposed, 1) == 0)
            {
                Interlocked.Decrement(ref time.waiting);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
