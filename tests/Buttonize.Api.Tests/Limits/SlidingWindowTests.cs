using Buttonize.Api.Limits;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Limits;

/// <summary>The rule under every limit: never more than so many in any window, and never fewer than are allowed.</summary>
public sealed class SlidingWindowTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);

    /// <summary>Pauses between uses, in milliseconds; most of them short, so that the limit is met.</summary>
    private static readonly Gen<int[]> Pauses = Gen.Frequency(
        (5, Gen.Int[0, 20]),
        (1, Gen.Int[20, 1500])
    ).Array[1, 200];

    [Fact]
    public void No_window_wherever_it_begins_has_more_than_the_limit_and_no_use_is_refused_below_it() =>
        Gen.Select(Gen.Int[1, 12], Pauses)
            .Sample(
                (limit, pauses) =>
                {
                    var time = new FakeTimeProvider();
                    var window = new SlidingWindow(limit, Length, time);
                    var passed = new List<DateTimeOffset>();
                    foreach (var pause in pauses)
                    {
                        time.Advance(TimeSpan.FromMilliseconds(pause));
                        var now = time.GetUtcNow();
                        var inWindow = passed.Count(p => now - p < Length);
                        var wait = window.TryUse(limit);

                        (wait is null).Should().Be(inWindow < limit);
                        if (wait is null)
                        {
                            passed.Add(now);
                        }
                        else
                        {
                            // What it says to wait is exactly what is to be waited.
                            wait.Should().Be(passed[^limit] + Length - now);
                        }
                    }
                }
            );

    [Fact]
    public void What_was_used_elsewhere_counts_and_the_newest_of_it_longest()
    {
        var time = new FakeTimeProvider();
        var window = new SlidingWindow(3, Length, time);

        window.Note(2);
        time.Advance(Length / 2);
        window.TryUse(3).Should().BeNull();
        window.TryUse(3).Should().Be(Length / 2);
        window.Note(100);
        time.Advance(Length / 2);

        window.TryUse(3).Should().Be(Length / 2);
        time.Advance(Length / 2);
        window.TryUse(3).Should().BeNull();
    }

    /// <summary>A clock goes on while a window is looked at.</summary>
    [Fact]
    public void Whoever_has_to_wait_is_told_a_time_that_can_be_waited_however_fast_the_clock_goes() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 400].Array[1, 200])
            .Sample(
                (limit, steps) =>
                {
                    var time = new FakeTimeProvider
                    {
                        AutoAdvanceAmount = TimeSpan.FromMilliseconds(steps[0]),
                    };
                    var window = new SlidingWindow(limit, Length, time);
                    foreach (var step in steps)
                    {
                        time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(step);
                        (window.TryUse(limit) ?? Length)
                            .Should()
                            .BePositive()
                            .And.BeLessThanOrEqualTo(Length);
                        (window.Wait(limit) ?? Length).Should().BePositive();
                    }
                }
            );
}
