using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Apps;

/// <summary>The same registration sent twice makes one app.</summary>
public sealed class IdempotencyTests : IAsyncLifetime
{
    private readonly ShiftedClock clock = new();
    private readonly ControlPlane controlPlane;
    private readonly StoredTable table;

    public IdempotencyTests(Services services)
    {
        controlPlane = ControlPlane.Start(
            services,
            configure: s => s.AddSingleton<TimeProvider>(clock)
        );
        table = new StoredTable(services.DynamoDb, controlPlane.TableName);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_key_with_the_same_body_answers_the_same_app()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);

        var first = (await PostAsync(tenant, body, "a key, with *any* printable ~characters")).Is(
            201
        );
        var second = (await PostAsync(tenant, body, "a key, with *any* printable ~characters")).Is(
            201
        );

        JsonNode.DeepEquals(second.Json, first.Json).Should().BeTrue();
        second.ETag.Should().Be(first.ETag);
        second.Headers.Location.Should().Be(first.Headers.Location);
        (await AppsAsync(tenant)).Should().Be(1);
    }

    [Fact]
    public async Task The_body_counts_by_its_meaning_and_not_by_its_spelling()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var first = (await PostAsync(tenant, body, "key")).Is(201);
        var respelled = new JsonObject(
            body.Reverse().Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))
        )
        {
            ["stage"] = "production",
            ["description"] = null,
        };
        var text = respelled
            .ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true })
            .Replace("Discount", "\\u0044iscount", StringComparison.Ordinal);

        var second = await tenant.Deployment.CallAsync(
            HttpMethod.Post,
            "/v1/apps",
            ApiCalls.Raw(text),
            Token,
            ("Idempotency-Key", "key")
        );

        second.Is(201)["appId"].Should().Be(first["appId"]);
    }

    [Fact]
    public async Task Twenty_at_once_with_one_key_make_one_app()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => PostAsync(tenant, body.DeepClone().AsObject(), "key"))
        );

        answers.Should().OnlyContain(a => a.Status == 201 || a.Status == 409);
        answers
            .Where(a => a.Status == 409)
            .Should()
            .AllSatisfy(a => a.IsProblem(409, "request_in_progress"));
        answers
            .Where(a => a.Status == 201)
            .Select(a => a["appId"])
            .Distinct()
            .Should()
            .ContainSingle();
        (await AppsAsync(tenant)).Should().Be(1);
        var role = body["executionRoleArn"]!.GetValue<string>();
        (await table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Theory]
    [InlineData("name", "\"Other\"")]
    [InlineData("description", "\"Other\"")]
    [InlineData("stage", "\"other\"")]
    [InlineData("tags", "[\"other\"]")]
    [InlineData("executionRoleArn", "\"arn:aws:iam::123456789012:role/Other\"")]
    [InlineData("externalId", "\"another-external-id-0123456789\"")]
    [InlineData("region", "\"eu-west-1\"")]
    [InlineData("functionArns", "[\"arn:aws:lambda:eu-central-1:123456789012:function:f\"]")]
    [InlineData("restrictSessionToFunctions", "true")]
    public async Task The_same_key_with_another_body_is_refused(string member, string value)
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        body["functionArns"] = new JsonArray("arn:aws:lambda:eu-central-1:123456789012:function:g");
        (await PostAsync(tenant, body, "key")).Is(201);

        body[member] = JsonNode.Parse(value);
        (await PostAsync(tenant, body, "key")).IsProblem(422, "idempotency_key_reused");

        (await AppsAsync(tenant)).Should().Be(1);
    }

    [Fact]
    public async Task Organizations_do_not_share_keys()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var other = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);

        var first = (await PostAsync(tenant, body, "key")).Is(201);
        var second = (await PostAsync(other, body, "key")).Is(201);

        second["appId"].Should().NotBe(first["appId"]);
        second["organizationId"].Should().Be(other.OrganizationId);
    }

    [Fact]
    public async Task Without_a_key_and_with_another_one_every_registration_makes_an_app()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);

        (await PostAsync(tenant, body, "key")).Is(201);
        (await PostAsync(tenant, body, "Key")).Is(201);
        (await PostAsync(tenant, body, null)).Is(201);
        (await PostAsync(tenant, body, null)).Is(201);

        (await AppsAsync(tenant)).Should().Be(4);
    }

    [Fact]
    public async Task Keys_have_1_to_128_printable_characters_and_come_once()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var before = await table.SnapshotAsync(Token);

        // As bytes: HTTP clients mend or refuse some of these themselves.
        string[] refused =
        [
            "",
            "  ",
            new string('k', 129),
            "tab\there",
            "é",
            "🎉",
            "delete\u007f",
            "nul\0",
            "bell\a",
        ];
        foreach (var key in refused)
        {
            var (status, text) = await RawHttp.PostJsonAsync(
                tenant.Deployment,
                "/v1/apps",
                body.ToJsonString(),
                $"Idempotency-Key: {key}\r\n",
                Token
            );
            status.Should().Be(400, $"'{key}' is no key, but: {text}");
        }

        (await PostAsync(tenant, body, new string('k', 129))).IsProblem(
            400,
            "validation_failed",
            "Idempotency-Key"
        );
        var twice = await RawHttp.PostJsonAsync(
            tenant.Deployment,
            "/v1/apps",
            body.ToJsonString(),
            "Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
            Token
        );
        twice.Status.Should().Be(400);
        (await table.SnapshotAsync(Token)).Should().Equal(before);

        (await PostAsync(tenant, body, "k")).Is(201);
        (await PostAsync(tenant, body, new string('k', 128))).Is(201);
    }

    [Fact]
    public async Task A_key_of_a_deleted_app_is_not_used_again()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var made = (await PostAsync(tenant, body, "key")).Is(201);
        using var deleted = await tenant.Deployment.DeleteAsync($"/v1/apps/{made["appId"]}", Token);

        (await PostAsync(tenant, body, "key")).IsProblem(422, "idempotency_key_reused");

        (await AppsAsync(tenant)).Should().Be(0);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_24_hours_whether_or_not_its_record_is_gone()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var first = (await PostAsync(tenant, body, "key")).Is(201);

        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        (await PostAsync(tenant, body, "key")).Is(201)["appId"].Should().Be(first["appId"]);
        clock.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(2));
        var second = (await PostAsync(tenant, body, "key")).Is(201);

        second["appId"].Should().NotBe(first["appId"]);
        (await PostAsync(tenant, body, "key")).Is(201)["appId"].Should().Be(second["appId"]);
    }

    [Fact]
    public async Task A_refusal_is_not_remembered()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var bad = body.DeepClone().AsObject();
        bad["name"] = "";
        (await PostAsync(tenant, bad, "key")).IsProblem(400, "validation_failed", "name");

        (await PostAsync(tenant, body, "key")).Is(201);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        table.Dispose();
        return controlPlane.DisposeAsync();
    }

    private static Task<ApiAnswer> PostAsync(Tenant tenant, JsonObject body, string? key) =>
        tenant.Deployment.CallAsync(
            HttpMethod.Post,
            "/v1/apps",
            body,
            Token,
            key is null ? [] : [("Idempotency-Key", key)]
        );

    private static async Task<int> AppsAsync(Tenant tenant) =>
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200).Json["items"]!
            .AsArray()
            .Count;
}
