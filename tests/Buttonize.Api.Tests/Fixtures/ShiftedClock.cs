namespace Buttonize.Api.Tests.Fixtures;

/// <summary>
/// The real clock, set forward as far as a test says. Timers run in real time, so that time-outs and retries stay as they are.
/// </summary>
public sealed class ShiftedClock : TimeProvider
{
    private long shift;

    public override DateTimeOffset GetUtcNow() =>
        base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref shift));

    public void Advance(TimeSpan by) => Interlocked.Add(ref shift, by.Ticks);
}
