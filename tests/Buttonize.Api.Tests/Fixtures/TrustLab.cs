using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>
/// A control plane whose calls to STS are seen, and whose clock a test sets forward. For a class whose tests keep apart by their
/// tenants and roles; a test that sets the clock forward has one of its own.
/// </summary>
public sealed class TrustLab(Services services) : IAsyncLifetime
{
    private readonly List<ControlPlane> started = [];

    public ShiftedClock Clock { get; } = new();

    /// <summary>The local AWS behind its STS; by default the one that all tests share.</summary>
    public Uri Behind { get; init; } = services.Aws;

    public StsProxy Sts { get; private set; } = null!;

    public ControlPlane ControlPlane { get; private set; } = null!;

    public LocalAwsClient Aws => ControlPlane.Aws;

    public StoredTable Table { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Sts = await StsProxy.StartAsync(Behind, TestContext.Current.CancellationToken);
        ControlPlane = Start(new Dictionary<string, string?>());
        Table = TableOf(ControlPlane);
    }

    /// <summary>A look into the table of one of the lab's control planes.</summary>
    public StoredTable TableOf(ControlPlane controlPlane) =>
        new(services.DynamoDb, controlPlane.TableName);

    /// <summary>One more control plane, with this lab's STS and clock.</summary>
    public ControlPlane Start(Dictionary<string, string?> settings)
    {
        settings["AWS_ENDPOINT_URL_STS"] = Sts.Address.ToString();
        var controlPlane = ControlPlane.Start(
            services,
            settings,
            s => s.AddSingleton<TimeProvider>(Clock)
        );
        started.Add(controlPlane);
        return controlPlane;
    }

    /// <summary>How often an app was written; a check that is noted is a write.</summary>
    public async Task<long> VersionAsync(string appId, CancellationToken cancellationToken) =>
        long.Parse(
            (await Table.AppAsync(appId, cancellationToken))["version"].N,
            CultureInfo.InvariantCulture
        );

    /// <summary>Sets the clock forward and waits until an app was checked after that.</summary>
    public async Task AdvanceToCheckAsync(
        string appId,
        TimeSpan by,
        CancellationToken cancellationToken
    )
    {
        var before = await VersionAsync(appId, cancellationToken);
        Clock.Advance(by);

        // The lease has run out by that, and is to be renewed first.
        await Eventually.HoldsAsync(
            () => VersionAsync(appId, cancellationToken),
            now => now > before,
            TimeSpan.FromMinutes(1),
            cancellationToken
        );
    }

    public async ValueTask DisposeAsync()
    {
        Table?.Dispose();
        foreach (var controlPlane in started)
        {
            await controlPlane.DisposeAsync();
        }

        if (Sts is not null)
        {
            await Sts.DisposeAsync();
        }
    }
}
