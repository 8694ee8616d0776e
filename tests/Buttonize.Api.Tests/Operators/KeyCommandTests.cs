using System.Globalization;
using System.Text.Json.Nodes;
using Buttonize.Api.Storage.Encryption;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Operators;

/// <summary>Rotation of the data keys, and of what wraps them, beside instances that serve.</summary>
public sealed class KeyCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("buttonize-test-").FullName;
    private readonly Services services;
    private readonly ControlPlane running;
    private readonly StoredTable table;

    public KeyCommandTests(Services services)
    {
        this.services = services;
        running = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Encryption:KeyFile"] = Path.Join(folder, "key"),
            },
            // What a check writes down can bring back the ciphertext that it read.
            ControlPlane.WithoutBackgroundWork
        );
        table = new StoredTable(services.DynamoDb, running.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_encrypted_anew_beside_two_instances_that_serve()
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        var first = await tenant.RegisterAsync(Token);
        var replaced = await tenant.RegisterAsync(Token);
        await ReplaceAsync(tenant, replaced);
        (await RunAsync("keys", "rotate", "--json")).Is(0).Json["key"]!
            .GetValue<int>()
            .Should()
            .Be(2);
        await using var second = Beside();
        var there = await Tenant.PostAsync(
            Elsewhere(second, tenant.Deployment),
            "/v1/apps",
            await tenant.DeployAsync(Token),
            Token
        );

        // The running instance learns of the key from what the other one wrote.
        await IssueAsync(tenant.Owner, tenant, there);
        var here = await tenant.RegisterAsync(Token);
        (await KeysAsync()).Should().Equal(Keys(("1", 3), ("2", 2)));
        var before = await ETagsAsync(tenant, first, replaced);

        var reencrypted = (await RunAsync("keys", "reencrypt", "--json")).Is(0);

        reencrypted.Output.TrimEnd().Should().Be("""{"items":[{"key":2,"externalIds":5}]}""");
        reencrypted.Error.Should().Contain("3 External IDs were encrypted anew");
        (await KeysAsync()).Should().Equal(Keys(("2", 5)));
        (await ETagsAsync(tenant, first, replaced))
            .Should()
            .Equal(before, "nothing that callers see has changed");
        await using var restarted = Beside();
        foreach (var instance in (ControlPlane[])[running, second, restarted])
        {
            foreach (var app in (JsonObject[])[first, replaced, there, here])
            {
                await IssueAsync(Elsewhere(instance, tenant.Owner), tenant, app);
            }
        }

        var again = (await RunAsync("keys", "reencrypt")).Is(0);
        again.Error.Should().Contain("0 External IDs were encrypted anew");
        again.Output.Should().MatchRegex("(?m)^2 +5$");
        (await RunAsync("keys", "list"))
            .Is(0)
            .Output.Should()
            .MatchRegex("(?m)^1 .*decrypting, keyed hashes$")
            .And.MatchRegex("(?m)^2 .*encrypting$");
    }

    [Fact]
    public async Task Who_holds_a_role_and_an_External_ID_is_found_as_before()
    {
        var (tenant, other) = (
            await Tenant.CreateAsync(running, Token),
            await Tenant.CreateAsync(running, Token)
        );
        var body = await tenant.DeployAsync(Token);
        await Tenant.PostAsync(tenant.Deployment, "/v1/apps", body, Token);
        (await RunAsync("keys", "rotate")).Is(0);
        (await RunAsync("keys", "reencrypt")).Is(0);
        await using var restarted = Beside();

        var taken = await Elsewhere(restarted, other.Deployment)
            .CallAsync(HttpMethod.Post, "/v1/apps", body, Token);

        taken.Is(201).Json["verification"]!["status"]!.GetValue<string>().Should().Be("pending");
        (await table.RoleClaimAsync(body["executionRoleArn"]!.GetValue<string>(), Token))!
            .Value.OrganizationId.Should()
            .Be(tenant.OrganizationId);
    }

    [Fact]
    public async Task Instances_use_a_new_key_within_minutes_and_outlive_a_table_that_is_away()
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        await tenant.RegisterAsync(Token);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var wire = new TcpProxy(services.DynamoDb);
        var settings = running.SharedSettings();
        settings["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString();
        await using var beside = ControlPlane.Start(services, settings);
        using var keys = ActivatorUtilities.CreateInstance<DataKeys>(beside.Services, time);
        (await keys.GetAsync(Token)).Newest.Should().Be(1);
        using var refresh = ActivatorUtilities.CreateInstance<DataKeyRefresh>(
            beside.Services,
            keys,
            time
        );
        await refresh.StartAsync(Token);
        (await RunAsync("keys", "rotate")).Is(0);

        wire.Fault = TcpFault.Refused;
        time.Advance(DataKeyRefresh.Pause);
        (await keys.GetAsync(Token)).Newest.Should().Be(1);
        wire.Fault = TcpFault.None;

        await Eventually.HoldsAsync(
            async () =>
            {
                time.Advance(DataKeyRefresh.Pause);
                return (await keys.GetAsync(Token)).Newest;
            },
            newest => newest == 2,
            TimeSpan.FromSeconds(20),
            Token
        );
        await refresh.StopAsync(Token);
    }

    [Fact]
    public async Task What_does_not_open_is_named_and_left_as_it_is()
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        var (good, bad) = (await tenant.RegisterAsync(Token), await tenant.RegisterAsync(Token));
        var item = await table.AppAsync(Id(bad), Token);
        var changed = item["externalId"].B.ToArray();
        changed[^1] ^= 1;
        item["externalId"].B = new MemoryStream(changed);
        await table.PutAsync(item, Token);
        (await RunAsync("keys", "rotate")).Is(0);

        var reencrypted = (await RunAsync("keys", "reencrypt")).Is(1);

        reencrypted
            .Error.Should()
            .Contain($"{tenant.OrganizationId}/{Id(bad)}")
            .And.NotContain(Id(good));
        (await table.AppAsync(Id(bad), Token))["externalId"].B.ToArray().Should().Equal(changed);
        (await KeysAsync()).Should().Equal(Keys(("1", 1), ("2", 1)));
    }

    [Fact]
    public async Task Apps_that_change_meanwhile_are_neither_lost_nor_torn()
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        var apps = new List<JsonObject>();
        for (var i = 0; i < 4; i++)
        {
            apps.Add(await tenant.RegisterAsync(Token));
        }

        (await RunAsync("keys", "rotate")).Is(0);
        var run = RunAsync("keys", "reencrypt");
        var changes = 0;
        do
        {
            var app = apps[changes++ % apps.Count];
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/apps/{Id(app)}/suspension",
                    new { reason = $"change {changes}" },
                    Token
                )
            ).Is(200);
        } while (!run.IsCompleted);

        (await run).Is(0);
        (await RunAsync("keys", "reencrypt")).Is(0);
        (await KeysAsync()).Should().Equal(Keys(("2", 4)));
        foreach (var app in apps)
        {
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Delete,
                    $"{tenant.Root}/apps/{Id(app)}/suspension",
                    null,
                    Token
                )
            ).Is(204);
            await IssueAsync(tenant.Owner, tenant, app);
        }
    }

    [Fact]
    public async Task Of_two_rotations_at_once_each_makes_a_key_of_its_own_or_none()
    {
        (await running.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);
        var rotations = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(_ =>
                    ActivatorUtilities
                        .CreateInstance<DataKeyRotation>(running.Services)
                        .AddAsync(Token)
                )
        );

        var made = rotations.OfType<StoredDataKey>().Select(k => k.Id).Order().ToList();
        made.Should().NotBeEmpty().And.Equal(Enumerable.Range(2, made.Count));
        (await table.FindAsync("DATA_KEYS", Token)).Should().HaveCount(made.Count + 1);
    }

    [Fact]
    public async Task Another_key_file_wraps_the_same_keys()
    {
        var tenant = await Tenant.CreateAsync(running, Token);
        var app = await tenant.RegisterAsync(Token);
        (await RunAsync("keys", "rotate")).Is(0);
        var file = Path.Join(folder, "new-key");
        string[] rewrap = ["keys", "rewrap", "--to-key-file", file];
        (await RunAsync([.. rewrap, "--yes"])).Is(1).Says("Buttonize:Encryption:KeyFile");
        await File.WriteAllTextAsync(file, Convert.ToBase64String(new byte[32]), Token);

        (await RunAsync(rewrap)).Is(4);
        (await RunAsync([.. rewrap, "--yes"]))
            .Is(0)
            .Output.Should()
            .MatchRegex("(?m)^data keys +2$");

        await IssueAsync(tenant.Owner, tenant, app);
        await tenant.RegisterAsync(Token);
        (await RunAsync("keys", "rotate")).Is(1).Says("Buttonize:Encryption:KeyFile");
        (await RunAsync("apps", "list", tenant.OrganizationId))
            .Is(1)
            .Says("Buttonize:Encryption:KeyFile");
        var settings = running.SharedSettings();
        settings["Buttonize:Encryption:KeyFile"] = file;
        await using var restarted = ControlPlane.Start(services, settings);
        await IssueAsync(Elsewhere(restarted, tenant.Owner), tenant, app);
        (await restarted.RunAsync(Token, "keys", "rotate"))
            .Is(0)
            .Output.Should()
            .MatchRegex("(?m)^added key +3$");
    }

    [Fact]
    public async Task KMS_takes_over_from_a_key_file_and_one_KMS_key_from_another()
    {
        await using var kms = await KmsStub.StartAsync(Token);
        var tenant = await Tenant.CreateAsync(running, Token);
        var app = await tenant.RegisterAsync(Token);
        var environment = running.Environment();
        environment["AWS_ENDPOINT_URL_KMS"] = kms.Address.ToString();
        var unknown = await InAsync("keys", "rewrap", "--to", "alias/nowhere", "--yes");
        unknown.Is(1).Says("--to 'alias/nowhere'").Error.Should().NotContain("KmsKeyId");

        (
            await InAsync(
                "keys",
                "rewrap",
                "--to",
                "arn:aws:kms:eu-west-1:123456789012:key/a",
                "--yes"
            )
        )
            .Is(2)
            .Says("eu-west-1");
        (await InAsync("keys", "rewrap", "--to", KmsStub.KeyId, "--yes")).Is(0);
        environment.Remove("Buttonize:Encryption:KeyFile");
        environment["Buttonize:Encryption:KmsKeyId"] = KmsStub.KeyId;
        (await InAsync("keys", "rewrap", "--to", KmsStub.OtherKeyId, "--yes")).Is(0);

        (await InAsync("keys", "rotate")).Is(1).Says("Buttonize:Encryption:KmsKeyId");
        var settings = running.SharedSettings();
        settings["Buttonize:Encryption:KeyFile"] = null;
        settings["Buttonize:Encryption:KmsKeyId"] = KmsStub.OtherKeyId;
        settings["AWS_ENDPOINT_URL_KMS"] = kms.Address.ToString();
        await using var restarted = ControlPlane.Start(services, settings);
        await IssueAsync(Elsewhere(restarted, tenant.Owner), tenant, app);

        Task<EndedProcess> InAsync(params string[] args) =>
            ApiProcess.RunAsync("dotnet", [ApiProcess.Program, .. args], environment, Token);
    }

    [Theory]
    [InlineData("added")]
    [InlineData("wrapped")]
    public async Task All_keys_are_wrapped_anew_or_none(string meanwhile)
    {
        (await running.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);
        var rotation = ActivatorUtilities.CreateInstance<DataKeyRotation>(running.Services);
        await rotation.AddAsync(Token);
        var file = Path.Join(folder, "other-key");
        await File.WriteAllTextAsync(file, Convert.ToBase64String(new byte[32]), Token);
        var other = ActivatorUtilities.CreateInstance<KeyWrappers>(running.Services).ByFile(file);
        var interrupted = new Interrupted(
            other,
            () =>
                meanwhile == "added" ? rotation.AddAsync(Token) : rotation.RewrapAsync(other, Token)
        );

        (await rotation.RewrapAsync(interrupted, Token)).Should().BeNull();

        var expected =
            meanwhile == "added" ? running.Services.GetRequiredService<IKeyWrapper>() : other;
        var stored = await rotation.ListAsync(Token);
        stored.Should().HaveCount(meanwhile == "added" ? 3 : 2);
        foreach (var key in stored)
        {
            (await expected.UnwrapAsync(key.Wrapped, Token)).Should().HaveCount(32);
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        table.Dispose();
        await running.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Lets something else happen before its first key is wrapped.</summary>
    private sealed class Interrupted(IKeyWrapper wrapper, Func<Task> meanwhile) : IKeyWrapper
    {
        private bool isDone;

        public async Task<byte[]> WrapAsync(byte[] dataKey, CancellationToken cancellationToken)
        {
            if (!isDone)
            {
                isDone = true;
                await meanwhile();
            }

            return await wrapper.WrapAsync(dataKey, cancellationToken);
        }

        public Task<byte[]> UnwrapAsync(byte[] wrapped, CancellationToken cancellationToken) =>
            wrapper.UnwrapAsync(wrapped, cancellationToken);
    }

    private ControlPlane Beside() =>
        ControlPlane.Start(services, running.SharedSettings(), ControlPlane.WithoutBackgroundWork);

    private Task<EndedProcess> RunAsync(params string[] arguments) =>
        running.RunAsync(Token, arguments);

    private static HttpClient Elsewhere(ControlPlane instance, HttpClient client) =>
        instance.WithToken(client.DefaultRequestHeaders.Authorization!.Parameter!);

    /// <summary>Asks for another role, which refuses: the replacement waits for its proof.</summary>
    private async Task ReplaceAsync(Tenant tenant, JsonObject app)
    {
        var body = await tenant.DeployAsync(Token);
        await running.Aws.RefuseAsync(body["executionRoleArn"]!.GetValue<string>(), Token);
        var answer = await tenant.Deployment.CallAsync(
            HttpMethod.Put,
            $"/v1/apps/{Id(app)}",
            body,
            Token
        );
        answer.Is(200).Json["pendingReplacement"].Should().NotBeNull();
    }

    private static async Task IssueAsync(HttpClient person, Tenant tenant, JsonObject app) =>
        (
            await person.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{Id(app)}/credentials",
                null,
                Token
            )
        ).Is(200);

    private static async Task<IReadOnlyList<string>> ETagsAsync(
        Tenant tenant,
        params JsonObject[] apps
    )
    {
        var tags = new List<string>();
        foreach (var app in apps)
        {
            tags.Add(
                (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{Id(app)}", Token)).Is(200).ETag
            );
        }

        return tags;
    }

    /// <summary>How many ciphertexts name which key, by the table itself.</summary>
    private async Task<IReadOnlyList<string>> KeysAsync()
    {
        var apps = await table.FindAsync("ORGANIZATION#", Token, "APP#");
        return
        [
            .. apps.SelectMany(app =>
                    app.TryGetValue("pendingReplacement", out var pending)
                        ? new[] { app["externalId"], pending.M["externalId"] }
                        : [app["externalId"]]
                )
                .Select(c => c.B.ToArray())
                .GroupBy(c => (c[0] << 8) | c[1])
                .OrderBy(g => g.Key)
                .Select(g => $"{g.Key.ToString(CultureInfo.InvariantCulture)}: {g.Count()}"),
        ];
    }

    private static string[] Keys(params (string Key, int Count)[] keys) =>
        [.. keys.Select(k => $"{k.Key}: {k.Count}")];

    private static string Id(JsonObject app) => app["appId"]!.GetValue<string>();
}
