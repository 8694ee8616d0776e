using Buttonize.EndToEnd.Tests.Fixtures;
using Buttonize.Faults.Faults;
using Buttonize.Faults.Noise;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Tests;

/// <summary>
/// The fault suite in its short form: two control planes under steady load meet each fault. One after the other, for each would be
/// another's noise.
/// </summary>
public sealed class FaultTests
{
    /// <summary>A quarter of a minute each, with what is started and looked at.</summary>
    private static readonly Pace Short = new(
        PerSecond: 20,
        Before: TimeSpan.FromSeconds(1),
        Lasts: TimeSpan.FromSeconds(4)
    );

    public static TheoryData<string> Faults => [.. FaultCatalog.All.Select(f => f.Name)];

    public static TheoryData<string> Noises => [.. NoiseKind.All.Select(n => n.Name)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Nothing_is_lost_and_all_comes_back(string name)
    {
        var fault = FaultCatalog.All.Single(f => f.Name == name);
        if (fault.Setting.HasClock && !Clock.IsAvailable)
        {
            Prerequisite.Missing("A clock that jumps needs the Debian package faketime.");
        }

        var outcome = await FaultRun.RunAsync(fault, Short, Tell, Token);

        outcome
            .Violations()
            .Should()
            .BeEmpty("{0}", string.Join('\n', outcome.Complaints.TakeLast(10)));
    }

    [Theory]
    [MemberData(nameof(Noises))]
    public async Task A_flood_meets_its_limit_and_nobody_else(string name)
    {
        var noise = NoiseKind.All.Single(n => n.Name == name);

        var outcome = await NoisyTenant.RunAsync(noise, Short.Lasts, Tell, Token);

        outcome.Violations().Should().BeEmpty();
    }

    private static void Tell(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
