namespace Buttonize.Api.Tests.Fixtures;

/// <summary>One control plane for all tests of a class, whose tenants keep them apart.</summary>
public sealed class SharedControlPlane(Services services) : IAsyncLifetime
{
    private StoredTable? table;

    public ControlPlane ControlPlane { get; } = ControlPlane.Start(services);

    public Uri DynamoDb => services.DynamoDb;

    public StoredTable Table =>
        table ??= new StoredTable(services.DynamoDb, ControlPlane.TableName);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        table?.Dispose();
        return ControlPlane.DisposeAsync();
    }
}
