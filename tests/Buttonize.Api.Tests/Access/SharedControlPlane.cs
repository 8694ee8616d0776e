namespace Buttonize.Api.Tests.Access;

/// <summary>One control plane for all tests of a class that leave nothing behind that another one could see.</summary>
public sealed class SharedControlPlane(Services services) : IAsyncDisposable
{
    public ControlPlane ControlPlane { get; } = ControlPlane.Start(services);

    public ValueTask DisposeAsync() => ControlPlane.DisposeAsync();
}
