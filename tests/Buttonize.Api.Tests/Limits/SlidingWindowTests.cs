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
    }

    /// <summary>
    /// Else as many instances as let the limit pass at once would do so again a window later, for good: six of them thrice the limit.
    /// </summary>
    [Fact]
    public void Many_instances_together_keep_to_the_limit_in_the_long_run() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 20])
            .Sample(
                (instances, limit) =>
                {
                    const int seconds = 100;
                    var time = new FakeTimeProvider();
                    var windows = Enumerable
                        .Range(0, instances)
                        .Select(_ => new SlidingWindow(limit, Length, time))
                        .ToList();
                    var granted = 0;
                    for (var tick = 0; tick < seconds * 4; tick++)
                    {
                        // Each takes all it gets, and the others hear of it at once.
                        var got = windows.ConvertAll(w =>
                        {
                            var uses = 0;
                            while (w.TryUse(limit) is null)
                            {
                                uses++;
                            }

                            return uses;
                        });
                        for (var instance = 0; instance < instances; instance++)
                        {
                            windows[instance].Note(got.Sum() - got[instance]);
                        }

                        granted += got.Sum();
                        time.Advance(Length / 4);
                    }

                    granted.Should().BeInRange(limit * seconds, limit * (seconds + instances));
                }
            );

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
