using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;
using UserId = Buttonize.Api.Id<Buttonize.Api.Access.Person>;

namespace Buttonize.Api.Tests.Limits;

/// <summary>Where calls to STS are scarce, nobody's flood keeps others from theirs.</summary>
public sealed class StsBudgetTests
{
    private const int PerSecond = 60;

    /// <summary>Two organizations ask all the time, and a third now and then, which begins when the others have everything.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_comes_last_gets_a_share(bool throttled)
    {
        var time = new FakeTimeProvider();
        using var services = new ServiceCollection()
            .AddMetrics()
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<ButtonizeMetrics>()
            .BuildServiceProvider();
        var budget = new StsBudget(
            Options.Create(
                new ButtonizeOptions
                {
                    Limits =
                    {
                        AssumeRolePerSecond = PerSecond,
                        AssumeRolePerOrganizationPerSecond = 10_000,
                        CredentialsPerUserPerMinute = 100_000,
                    },
                }
            ),
            services.GetRequiredService<ButtonizeMetrics>(),
            time
        );
        OrganizationId[] noisy = [OrganizationId.New(), OrganizationId.New()];
        var (quiet, asked, got) = (OrganizationId.New(), 0, 0);

        for (var millisecond = 0; millisecond < 6000; millisecond++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            foreach (var organization in noisy)
            {
                if (budget.TryIssue(UserId.New(), organization) is null)
                {
                    budget.Note(throttled: throttled && millisecond % 100 == 0);
                }
            }

            if (millisecond >= 2000 && millisecond % 200 == 0)
            {
                asked++;
                got += budget.TryIssue(UserId.New(), quiet) is null ? 1 : 0;
            }
        }

        // At first the others have all that there is.
        asked.Should().Be(20);
        got.Should().BeGreaterThanOrEqualTo(12);
    }
}
