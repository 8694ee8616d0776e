using Buttonize.Api.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Limits;

/// <summary>What instances tell each other is what was used in the window, and nothing older.</summary>
public sealed class UsageTests
{
    [Fact]
    public void Few_uses_of_long_ago_are_not_told_when_there_are_more()
    {
        var time = new FakeTimeProvider();
        var usage = new Usage("user", 60, TimeSpan.FromMinutes(1), time);
        for (var minute = 0; minute < 20; minute++)
        {
            Use(5);
            time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromSeconds(1));
            usage.TakeUnpublished().Should().BeEmpty("that is less than a tenth of the limit");
            time.Advance(TimeSpan.FromMilliseconds(500));
        }

        time.Advance(TimeSpan.FromSeconds(1));
        Use(6);

        usage.TakeUnpublished().Should().Equal([("one", 6)]);

        void Use(int times)
        {
            for (var use = 0; use < times; use++)
            {
                usage.TryUse("one").Should().BeNull();
            }
        }
    }
}
