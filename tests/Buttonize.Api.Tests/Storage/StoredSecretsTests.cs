using System.Text;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;

namespace Buttonize.Api.Tests.Storage;

/// <summary>Who reads the table learns no External ID and no API key, and cannot move one to another app.</summary>
public sealed class StoredSecretsTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_table_holds_no_External_ID_and_no_API_key_in_clear()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var held = Tenant.NewRoleArn();
        await other.RegisterAsync(Token, held);
        var app = await tenant.RegisterAsync(Token);
        var chosen = $"chosen-{Guid.NewGuid()}";
        foreach (var role in (string[])[Tenant.NewRoleArn(), held])
        {
            (
                await tenant.Deployment.CallAsync(
                    HttpMethod.Put,
                    $"/v1/apps/{app["appId"]}",
                    await tenant.DeployAsync(Token, role, chosen),
                    Token,
                    ("Idempotency-Key", chosen)
                )
            ).Is(200);
        }

        (
            await tenant.Deployment.CallAsync(
                HttpMethod.Post,
                "/v1/apps",
                await tenant.DeployAsync(Token, externalId: chosen),
                Token,
                ("Idempotency-Key", $"key-{chosen}")
            )
        ).Is(201);
        await tenant.NewExternalIdAsync(Token);

        var secrets = shared.ControlPlane.Watch.Secrets.Where(s =>
            s.Value is "externalId" or "apiKey"
        );
        var values = secrets.Select(s => s.Key).ToList();
        values.Should().HaveCountGreaterThan(5).And.Contain(chosen);
        var items = await shared.Table.ScanAsync(Token);
        items.Should().HaveCountGreaterThan(10);
        foreach (var item in items)
        {
            item["v"].N.Should().Be("1", item["pk"].S);
            var texts = Texts(new AttributeValue { M = item }).ToList();
            foreach (var spelled in values.SelectMany(Spellings))
            {
                texts
                    .Exists(t => t.Contains(spelled, StringComparison.OrdinalIgnoreCase))
                    .Should()
                    .BeFalse($"{item["sk"].S} shows a secret");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ciphertext_moved_to_another_app_does_not_open(bool sameOrganization)
    {
        var victim = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var thief = sameOrganization
            ? victim
            : await Tenant.CreateAsync(shared.ControlPlane, Token);
        var target = await victim.RegisterAsync(Token);
        var own = await thief.RegisterAsync(Token);
        (await IssueAsync(thief, own)).Is(200);
        var item = await shared.Table.AppAsync(Id(own), Token);
        var stolen = await shared.Table.AppAsync(Id(target), Token);
        item["externalId"] = stolen["externalId"];
        item["executionRoleArn"] = stolen["executionRoleArn"];
        await shared.Table.PutAsync(item, Token);

        (await IssueAsync(thief, own)).IsProblem(500, "internal_error");

        (await IssueAsync(victim, target)).Is(200);
    }

    [Fact]
    public async Task A_changed_ciphertext_does_not_open()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var item = await shared.Table.AppAsync(Id(app), Token);
        var good = item["externalId"].B.ToArray();
        int[] places = [0, 1, 2, 14, 30, good.Length - 1];
        foreach (var place in places)
        {
            var changed = good.ToArray();
            changed[place] ^= 1;
            await StoreAsync(changed);
            (await IssueAsync(tenant, app)).IsProblem(500, "internal_error");
        }

        foreach (var length in (int[])[1, 2, 20, good.Length - 1])
        {
            await StoreAsync(good[..length]);
            (await IssueAsync(tenant, app)).IsProblem(500, "internal_error");
        }

        await StoreAsync(good);
        (await IssueAsync(tenant, app)).Is(200);

        Task StoreAsync(byte[] bytes)
        {
            item["externalId"] = new AttributeValue { B = new MemoryStream(bytes) };
            return shared.Table.PutAsync(item, Token);
        }
    }

    [Fact]
    public async Task An_app_whose_ciphertext_does_not_open_is_mended_by_sending_an_External_ID()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var app = await tenant.RegisterAsync(Token, role, externalId);
        var item = await shared.Table.AppAsync(Id(app), Token);
        var broken = item["externalId"].B.ToArray();
        broken[^1] ^= 1;
        item["externalId"] = new AttributeValue { B = new MemoryStream(broken) };
        await shared.Table.PutAsync(item, Token);
        var body = Tenant.Registration(role, externalId);
        var kept = body.DeepClone().AsObject();
        kept.Remove("externalId");

        (await ReplaceAsync(kept)).IsProblem(500, "internal_error");
        (await ReplaceAsync(body)).Is(200);

        (await IssueAsync(tenant, app)).Is(200);
        (await ReplaceAsync(kept)).Is(200);

        Task<ApiAnswer> ReplaceAsync(JsonObject replacement) =>
            tenant.Deployment.CallAsync(HttpMethod.Put, $"/v1/apps/{Id(app)}", replacement, Token);
    }

    [Fact]
    public async Task The_same_External_ID_is_never_encrypted_the_same_twice()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var sealedOnes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var app = await tenant.RegisterAsync(Token, externalId: externalId);
            var item = await shared.Table.AppAsync(Id(app), Token);
            sealedOnes.Add(Convert.ToBase64String(item["externalId"].B.ToArray()));
        }

        sealedOnes.Should().OnlyHaveUniqueItems();
    }

    private static Task<ApiAnswer> IssueAsync(Tenant tenant, JsonObject app) =>
        tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{Id(app)}/credentials",
            null,
            Token
        );

    private static string Id(JsonObject app) => app["appId"]!.GetValue<string>();

    private static IEnumerable<string> Spellings(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        // Without the first and last characters, whose base64 depends on what stands beside them.
        yield return Convert.ToBase64String(bytes)[2..^4];
        yield return Convert.ToHexString(bytes);
        yield return new string([.. secret.Reverse()]);
    }

    private static IEnumerable<string> Texts(AttributeValue value) =>
        value switch
        {
            { M: { } map } => map.SelectMany(m => Texts(m.Value).Append(m.Key)),
            { L: { } list } => list.SelectMany(Texts),
            { B: { } bytes } =>
            [
                Encoding.Latin1.GetString(bytes.ToArray()),
                Convert.ToBase64String(bytes.ToArray()),
                Convert.ToHexString(bytes.ToArray()),
            ],
            { S: { } text } => [text],
            _ => [],
        };
}
