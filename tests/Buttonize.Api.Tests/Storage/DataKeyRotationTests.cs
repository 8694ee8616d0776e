using System.Globalization;
using System.Security.Cryptography;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Storage;

/// <summary>A data key is added while instances run; none has to be restarted for it.</summary>
public sealed class DataKeyRotationTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("buttonize-test-").FullName;
    private readonly Services services;
    private readonly TcpProxy wire;
    private readonly Dictionary<string, string?> settings;
    private readonly ControlPlane running;
    private readonly StoredTable table;

    public DataKeyRotationTests(Services services)
    {
        this.services = services;
        wire = new TcpProxy(services.DynamoDb);
        settings = new(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString(),
            ["Buttonize:Encryption:KeyFile"] = Path.Join(folder, "key"),
            ["Buttonize:TableName"] = $"test-{Guid.NewGuid():N}",
        };
        running = ControlPlane.Start(services, settings, ControlPlane.WithoutBackgroundWork);
        table = new StoredTable(services.DynamoDb, running.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(new[] { 2 })]
    [InlineData(new[] { 3 })]
    [InlineData(new[] { 300, 7 })]
    public async Task An_instance_that_runs_opens_what_a_newer_one_encrypts_under_a_new_key(
        int[] ids
    )
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        var old = await tenant.RegisterAsync(Token);
        foreach (var id in ids)
        {
            await AddKeyAsync(id);
        }

        await using (var newer = ControlPlane.Start(services, settings))
        {
            var deployment = newer.WithToken(
                tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!
            );
            var app = await Tenant.PostAsync(
                deployment,
                "/v1/apps",
                await tenant.DeployAsync(Token),
                Token
            );
            (await KeyOfAsync(Id(app))).Should().Be(ids.Max());

            (await IssueAsync(tenant, Id(app))).Is(200);
        }

        // What the old key sealed still opens, and the new one is the running instance's from now on.
        (await IssueAsync(tenant, Id(old))).Is(200);
        (await KeyOfAsync(Id(old))).Should().Be(1);
        (await KeyOfAsync(Id(await tenant.RegisterAsync(Token)))).Should().Be(ids.Max());
    }

    [Fact]
    public async Task A_made_up_key_does_not_cost_a_read_each_time()
    {
        var clock = new FakeTimeProvider();
        using var keys = new DataKeys(
            running.Services.GetRequiredService<Table>(),
            running.Services.GetRequiredService<IKeyWrapper>(),
            clock
        );
        var ring = await keys.GetAsync(Token);
        var forged = ring.Encrypt("secret", "it");
        forged[1] = 9;
        var before = wire.Requests;

        for (var i = 0; i < 5; i++)
        {
            await OpenAsync().Should().ThrowAsync<CryptographicException>();
        }

        (wire.Requests - before).Should().Be(1);
        await AddKeyAsync(2);
        clock.Advance(DataKeys.RereadPause);
        await OpenAsync().Should().ThrowAsync<CryptographicException>();
        (wire.Requests - before).Should().Be(2);
        (await keys.GetAsync(Token)).Encrypt("secret", "it")[1].Should().Be(2);

        Func<Task> OpenAsync() => () => keys.DecryptAsync(forged, "it", Token);
    }

    [Fact]
    public async Task Storage_that_is_down_when_the_ring_is_read_again_is_not_a_made_up_key()
    {
        using var keys = new DataKeys(
            running.Services.GetRequiredService<Table>(),
            running.Services.GetRequiredService<IKeyWrapper>(),
            TimeProvider.System
        );
        var ring = await keys.GetAsync(Token);
        await AddKeyAsync(2);
        using var newer = new DataKeys(
            running.Services.GetRequiredService<Table>(),
            running.Services.GetRequiredService<IKeyWrapper>(),
            TimeProvider.System
        );
        var ciphertext = (await newer.GetAsync(Token)).Encrypt("secret", "it");
        ring.HasKeyOf(ciphertext).Should().BeFalse();
        wire.Fault = TcpFault.Refused;

        var open = () => keys.DecryptAsync(ciphertext, "it", Token);
        await open.Should().ThrowAsync<StorageUnavailableException>();

        wire.Fault = TcpFault.None;
        (await open()).Should().Be("secret");
    }

    [Fact]
    public async Task A_table_that_has_lost_its_root_key_gets_no_other()
    {
        await AddKeyAsync(2);
        await table.DeleteAsync("DATA_KEYS", "KEY#0001", Token);
        using var keys = new DataKeys(
            running.Services.GetRequiredService<Table>(),
            running.Services.GetRequiredService<IKeyWrapper>(),
            TimeProvider.System
        );

        var get = async () => await keys.GetAsync(Token);

        await get.Should().ThrowAsync<InvalidDataException>();
        (await table.FindAsync("DATA_KEYS", Token)).Should().HaveCount(1);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await running.DisposeAsync();
        await wire.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task AddKeyAsync(int id)
    {
        var wrapped = await running
            .Services.GetRequiredService<IKeyWrapper>()
            .WrapAsync(RandomNumberGenerator.GetBytes(32), Token);
        var item = new Dictionary<string, AttributeValue>
        {
            ["pk"] = new() { S = "DATA_KEYS" },
            ["sk"] = new() { S = $"KEY#{id.ToString("D4", CultureInfo.InvariantCulture)}" },
            ["v"] = new() { N = "1" },
            ["wrapped"] = new() { B = new MemoryStream(wrapped) },
            ["createdAt"] = new() { S = "2030-01-01T00:00:00.000Z" },
        };
        await table.PutAsync(item, Token);
    }

    private async Task<int> KeyOfAsync(string appId)
    {
        var ciphertext = (await table.AppAsync(appId, Token))["externalId"].B.ToArray();
        return (ciphertext[0] << 8) | ciphertext[1];
    }

    private static Task<ApiAnswer> IssueAsync(Tenant tenant, string appId) =>
        tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{appId}/credentials",
            null,
            Token
        );

    private static string Id(System.Text.Json.Nodes.JsonObject app) =>
        app["appId"]!.GetValue<string>();
}
