using Buttonize.Api.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Limits;

/// <summary>An STS with a capacity, and a demand far beyond it: what it is asked falls near to what it can, and goes up again with it.</summary>
public sealed class AdaptiveRateTests
{
    private const int Demand = 400;
    private readonly FakeTimeProvider time = new();
    private readonly AdaptiveRate rate;
    private int answeredThisSecond;

    public AdaptiveRateTests() => rate = new AdaptiveRate(500, time);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(50)]
    [InlineData(200)]
    public void An_STS_that_throttles_is_asked_little_more_than_it_answers(int capacity)
    {
        Seconds(10, capacity);

        var asked = Seconds(10, capacity) / 10.0;

        asked.Should().BeLessThanOrEqualTo((capacity * 1.25) + 12);
        asked.Should().BeGreaterThanOrEqualTo(capacity);
    }

    [Fact]
    public void It_gets_everything_again_soon_after_it_is_well()
    {
        Seconds(10, capacity: 20);

        Seconds(10, Demand);

        Seconds(1, Demand).Should().Be(Demand);
    }

    [Fact]
    public void Nothing_is_held_back_where_nothing_is_throttled() =>
        Seconds(3, Demand).Should().Be(3 * Demand);

    /// <returns>How many calls were made.</returns>
    private int Seconds(int seconds, int capacity)
    {
        var asked = 0;
        for (var second = 0; second < seconds; second++)
        {
            answeredThisSecond = 0;
            for (var call = 0; call < Demand; call++)
            {
                time.Advance(TimeSpan.FromSeconds(1) / Demand);
                asked += Ask(capacity) ? 1 : 0;
            }
        }

        return asked;
    }

    private bool Ask(int capacity)
    {
        if (rate.TryAsk() is not null)
        {
            return false;
        }

        if (answeredThisSecond < capacity)
        {
            answeredThisSecond++;
            rate.Answered();
        }
        else
        {
            rate.Throttled();
        }

        return true;
    }
}
