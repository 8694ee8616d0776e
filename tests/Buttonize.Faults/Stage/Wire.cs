using Buttonize.Api.Tests.Fixtures;

namespace Buttonize.Faults.Stage;

/// <summary>The way from the control planes to a service: connections that can be cut, and calls that are counted and can be answered falsely.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly TcpProxy tcp;

    private Wire(FaultProxy proxy) => (Http, tcp) = (proxy, new TcpProxy(proxy.Address));

    /// <summary>Where the control planes find the service.</summary>
    public Uri Address => tcp.Address;

    /// <summary>Its calls.</summary>
    public FaultProxy Http { get; }

    /// <summary>What happens to its connections.</summary>
    public TcpFault Fault
    {
        set => tcp.Fault = value;
    }

    public static async Task<Wire> StartAsync(Uri service, CancellationToken cancellationToken) =>
        new(await FaultProxy.StartAsync(service, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await tcp.DisposeAsync();
        await Http.DisposeAsync();
    }
}
