using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>API keys are shown once, listed without their secret, and dead as soon as they are deleted or expired.</summary>
public sealed class ApiKeyManagementTests : IAsyncLifetime
{
    private readonly ShiftedClock clock = new();
    private readonly ControlPlane controlPlane;
    private Tenant tenant = null!;

    public ApiKeyManagementTests(Services services) =>
        controlPlane = ControlPlane.Start(
            services,
            configure: s => s.AddSingleton<TimeProvider>(clock)
        );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => $"{tenant.Root}/api-keys";

    [Fact]
    public async Task A_new_key_is_answered_once_and_never_stored_by_caches()
    {
        var expiresAt = clock.GetUtcNow().AddDays(1).ToOffset(TimeSpan.FromHours(2));
        var made = await CreateAsync(
            new JsonObject
            {
                ["name"] = "CI 🎉",
                ["expiresAt"] = expiresAt.ToString("O", CultureInfo.InvariantCulture),
            }
        );

        made.Headers.CacheControl!.NoStore.Should().BeTrue();
        made.Json.Members()
            .Should()
            .BeEquivalentTo("keyId", "name", "apiKey", "expiresAt", "createdBy");
        made["name"].Should().Be("CI 🎉");
        made["apiKey"].Should().MatchRegex(@"\Abtnz_[0-9A-Za-z]{36}\z");
        made["expiresAt"]
            .Should()
            .Be(
                expiresAt.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                    CultureInfo.InvariantCulture
                )
            );
        var me = (await tenant.Owner.GetAnswerAsync("/v1/me", Token)).Is(200);
        made["createdBy"].Should().Be(me["userId"]);
        made.Headers.Location!.ToString().Should().Be($"{Path}/{made["keyId"]}");

        var listed = (await ListAsync()).Single(k => Text(k, "keyId") == made["keyId"]);
        listed
            .Members()
            .Should()
            .BeEquivalentTo(
                "keyId",
                "name",
                "prefix",
                "expiresAt",
                "createdAt",
                "createdBy",
                "lastUsedAt"
            );
        Text(listed, "prefix").Should().Be(made["apiKey"][..9]);
        Text(listed, "expiresAt").Should().Be(made["expiresAt"]);
        Text(listed, "name").Should().Be("CI 🎉");
        listed["lastUsedAt"].Should().BeNull();
    }

    [Fact]
    public async Task No_list_shows_more_of_a_key_than_its_first_9_characters()
    {
        var made = await CreateAsync(new JsonObject { ["name"] = "CI" });

        var list = await tenant.Owner.GetAnswerAsync(Path, Token);

        list.Text.Should().NotContain(made["apiKey"][..10]);
        made.Json["expiresAt"].Should().BeNull();
    }

    [Fact]
    public async Task A_key_that_was_used_says_when()
    {
        var made = await CreateAsync(new JsonObject { ["name"] = "CI" });
        (await controlPlane.WithToken(made["apiKey"]).GetAnswerAsync("/v1/apps", Token)).Is(200);

        var listed = await Eventually.HoldsAsync(
            async () => (await ListAsync()).Single(k => Text(k, "keyId") == made["keyId"]),
            key => key["lastUsedAt"] is not null,
            TimeSpan.FromSeconds(10),
            Token
        );

        listed["lastUsedAt"]!
            .GetValue<DateTimeOffset>()
            .Should()
            .BeCloseTo(clock.GetUtcNow(), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_deleted_key_is_dead_at_once()
    {
        var made = await CreateAsync(new JsonObject { ["name"] = "CI" });
        var deployment = controlPlane.WithToken(made["apiKey"]);
        (await deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);

        (await DeleteAsync(made["keyId"])).Is(204);

        (await deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(401, "unauthenticated");
        (await DeleteAsync(made["keyId"])).IsProblem(404, "not_found");
        (await ListAsync()).Should().NotContain(k => Text(k, "keyId") == made["keyId"]);
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);
    }

    [Fact]
    public async Task A_key_is_dead_the_moment_it_expires()
    {
        var made = await CreateAsync(
            new JsonObject
            {
                ["name"] = "CI",
                ["expiresAt"] = clock
                    .GetUtcNow()
                    .AddHours(1)
                    .ToString("O", CultureInfo.InvariantCulture),
            }
        );
        var deployment = controlPlane.WithToken(made["apiKey"]);
        clock.Advance(TimeSpan.FromMinutes(58));
        (await deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);

        clock.Advance(TimeSpan.FromMinutes(2));

        (await deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Another_organizations_owner_neither_sees_nor_deletes_a_key()
    {
        var other = await Tenant.CreateAsync(controlPlane, Token);
        var made = await CreateAsync(new JsonObject { ["name"] = "CI" });

        (await other.Owner.GetAnswerAsync(Path, Token)).IsProblem(404, "not_found");
        (
            await other.Owner.CallAsync(
                HttpMethod.Delete,
                $"{other.Root}/api-keys/{made["keyId"]}",
                null,
                Token
            )
        ).IsProblem(404, "not_found");
        (
            await other.Owner.CallAsync(HttpMethod.Post, Path, new { name = "Mine" }, Token)
        ).IsProblem(404, "not_found");

        (await controlPlane.WithToken(made["apiKey"]).GetAnswerAsync("/v1/apps", Token)).Is(200);
    }

    public async ValueTask InitializeAsync() =>
        tenant = await Tenant.CreateAsync(controlPlane, Token);

    public ValueTask DisposeAsync() => controlPlane.DisposeAsync();

    private async Task<ApiAnswer> CreateAsync(JsonObject body) =>
        (await tenant.Owner.CallAsync(HttpMethod.Post, Path, body, Token)).Is(201);

    private Task<ApiAnswer> DeleteAsync(string keyId) =>
        tenant.Owner.CallAsync(HttpMethod.Delete, $"{Path}/{keyId}", null, Token);

    private async Task<IReadOnlyList<JsonNode>> ListAsync() =>
        [
            .. (await tenant.Owner.GetAnswerAsync(Path, Token)).Is(200).Json["items"]!
                .AsArray()
                .Select(k => k!),
        ];

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();
}
