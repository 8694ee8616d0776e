using Buttonize.Faults.Faults;
using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;

namespace Buttonize.Faults.Noise;

/// <summary>Somebody who asks for much more than the limit.</summary>
internal sealed record NoiseKind
{
    /// <summary>How often the limit is exceeded.</summary>
    public const int TimesTheLimit = 20;

    /// <summary>Of one organization in the first variant, and far from reached in the second.</summary>
    private const int PerOrganizationPerSecond = 5;

    /// <summary>Of one person in the second variant, and far from reached in the first.</summary>
    private const int PerUserPerMinute = 60;

    /// <summary>How it is called in the table.</summary>
    public required string Name { get; init; }

    /// <summary>The limits of the control planes, and how many people there are.</summary>
    public required Setting Setting { get; init; }

    /// <summary>The sessions that the noisy one may have in a <see cref="Window"/>.</summary>
    public required int Limit { get; init; }

    /// <summary>What the limit is for.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>What the noisy one asks for in a second.</summary>
    public double PerSecond => TimesTheLimit * Limit / Window.TotalSeconds;

    /// <summary>Who of the noisy organization asks.</summary>
    public required Func<Tenant, IReadOnlyList<Person>> Who { get; init; }

    /// <summary>The two variants. Three organizations of the four are quiet.</summary>
    public static IReadOnlyList<NoiseKind> All { get; } =
    [
        new()
        {
            Name = "an organization of 11 people floods",
            Setting = Limited(PerOrganizationPerSecond, PerUserPerMinute, members: 10),
            Limit = PerOrganizationPerSecond,
            Window = TimeSpan.FromSeconds(1),
            Who = tenant => tenant.People,
        },
        new()
        {
            Name = "one person floods",
            Setting = Limited(50, PerUserPerMinute, members: 10),
            Limit = PerUserPerMinute,
            Window = TimeSpan.FromMinutes(1),
            Who = tenant => [tenant.Owner],
        },
    ];

    private static Setting Limited(int perOrganization, int perUser, int members) =>
        new()
        {
            Tenants = 4,
            Members = members,
            Configuration = new Dictionary<string, string>
            {
                ["Buttonize__Limits__AssumeRolePerOrganizationPerSecond"] = $"{perOrganization}",
                ["Buttonize__Limits__CredentialsPerUserPerMinute"] = $"{perUser}",
            },
        };
}

/// <summary>Measures what quiet organizations notice of a noisy one: alone and beside it, in turns in one run.</summary>
internal static class NoisyTenant
{
    /// <summary>Sessions that the three quiet organizations together ask for in a second.</summary>
    public const double QuietPerSecond = 6;

    /// <summary>Alone, noisy, alone, noisy: what changes on the machine meanwhile hits both.</summary>
    private const int Turns = 2;

    /// <summary>Runs a variant.</summary>
    /// <param name="noise">Who floods.</param>
    /// <param name="turn">How long each of the four turns lasts.</param>
    /// <param name="progress">Gets a line for each step.</param>
    /// <param name="cancellationToken">Ends it, and stops everything.</param>
    public static async Task<NoiseOutcome> RunAsync(
        NoiseKind noise,
        TimeSpan turn,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        progress("starting two instances");
        await using var stage = await FaultStage.StartAsync(noise.Setting, cancellationToken);
        var noisy = stage.Tenants[0];
        IReadOnlyList<Tenant> loud = [noisy with { People = noise.Who(noisy) }];
        IReadOnlyList<Tenant> quiet = [.. stage.Tenants.Skip(1)];
        List<Answer> alone = [],
            beside = [],
            flood = [];
        await FaultRun.WarmUpAsync(stage, quiet, QuietPerSecond, cancellationToken);
        for (var number = 0; number < Turns; number++)
        {
            progress("the quiet ones alone");
            alone.AddRange(await AskAsync(stage, quiet, QuietPerSecond, turn, cancellationToken));
            progress("beside the noisy one");
            var loudAnswers = AskAsync(stage, loud, noise.PerSecond, turn, cancellationToken);
            beside.AddRange(await AskAsync(stage, quiet, QuietPerSecond, turn, cancellationToken));
            flood.AddRange(await loudAnswers);
        }

        return new NoiseOutcome(noise, alone, beside, flood);
    }

    private static async Task<IReadOnlyList<Answer>> AskAsync(
        FaultStage stage,
        IReadOnlyList<Tenant> tenants,
        double perSecond,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        await using var load = new SteadyLoad(stage, tenants, perSecond, registrations: false);
        await Task.Delay(duration, cancellationToken);
        await load.StopAsync();
        return load.Answers;
    }
}
