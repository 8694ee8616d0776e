namespace Buttonize.Api.Tests.Trust;

/// <summary>Tests that set the clock forward, each in a lab of its own, with one tenant.</summary>
public abstract class TrustLabTests(Services services) : IAsyncLifetime
{
    private protected readonly TrustLab lab = new(services);
    private protected Tenant tenant = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        await lab.InitializeAsync();
        tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await lab.DisposeAsync();
    }
}
