using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Apps;

/// <summary>Registering, reading, replacing and deleting apps, and who holds a role meanwhile.</summary>
public sealed class RegistrationTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static readonly string[] AppMembers =
    [
        "appId",
        "organizationId",
        "accountId",
        "name",
        "description",
        "stage",
        "tags",
        "executionRoleArn",
        "region",
        "functionArns",
        "restrictSessionToFunctions",
        "createdAt",
        "updatedAt",
        "verification",
        "pendingReplacement",
        "suspension",
        "warnings",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registration_answers_201_with_Location_ETag_and_the_whole_app()
    {
        var tenant = await NewTenantAsync();
        var body = await tenant.DeployAsync(Token);
        body["description"] = "Makes codes\nfor support.";
        body["stage"] = "test";
        body["tags"] = new JsonArray("support", "Zoë 🎉");
        body["functionArns"] = new JsonArray(
            "arn:aws:lambda:eu-central-1:123456789012:function:discounts",
            "arn:aws:lambda:eu-central-1:123456789012:function:discounts:live"
        );
        body["restrictSessionToFunctions"] = true;

        var answer = (await PostAsync(tenant, body)).Is(201);

        var app = answer.Json;
        answer.Headers.Location!.ToString().Should().Be($"/v1/apps/{app["appId"]}");
        answer.Headers.ETag!.IsWeak.Should().BeFalse();
        app.Members().Should().BeEquivalentTo(AppMembers);
        app["appId"]!.GetValue<string>().Should().MatchRegex(@"\A[A-Za-z0-9_-]{21}\z");
        app["organizationId"]!.GetValue<string>().Should().Be(tenant.OrganizationId);
        app["accountId"]!.GetValue<string>().Should().Be("123456789012");
        foreach (var (member, sent) in body.Where(m => m.Key != "externalId"))
        {
            JsonNode.DeepEquals(app[member], sent).Should().BeTrue(member);
        }

        app["verification"]
            .Members()
            .Should()
            .BeEquivalentTo("status", "checkedAt", "checks", "missingActions");
        app["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        app["pendingReplacement"].Should().BeNull();
        app["suspension"].Should().BeNull();
        app["warnings"]!.AsArray().Should().BeEmpty();
        foreach (var time in new[] { "createdAt", "updatedAt" })
        {
            app[time]!.GetValue<string>().Should().MatchRegex(@"\A\d{4}-\d\d-\d\dT[\d:.]+Z\z");
        }
    }

    [Fact]
    public async Task What_is_left_out_has_its_default()
    {
        var tenant = await NewTenantAsync();

        var app = await tenant.RegisterAsync(Token);

        app["description"]!.GetValue<string>().Should().BeEmpty();
        app["stage"]!.GetValue<string>().Should().Be("production");
        app["tags"]!.AsArray().Should().BeEmpty();
        app["functionArns"]!.AsArray().Should().BeEmpty();
        app["restrictSessionToFunctions"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public async Task An_app_reads_the_same_as_it_was_answered_for_deployments_and_for_the_owner()
    {
        var tenant = await NewTenantAsync();
        var body = await tenant.DeployAsync(Token);
        var made = (await PostAsync(tenant, body)).Is(201);
        var id = made["appId"];

        var read = (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{id}", Token)).Is(200);
        var owned = (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/apps/{id}", Token)).Is(200);
        var listed = await ListAsync(tenant.Deployment, "/v1/apps");
        var ownersList = await ListAsync(tenant.Owner, $"{tenant.Root}/apps");

        foreach (var app in new[] { read.Json, owned.Json, listed.Single(), ownersList.Single() })
        {
            JsonNode.DeepEquals(app, made.Json).Should().BeTrue(app.ToJsonString());
        }

        read.ETag.Should().Be(made.ETag);
        owned.ETag.Should().Be(made.ETag);
    }

    [Fact]
    public async Task Another_organizations_app_is_not_found_and_not_changed()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var app = await tenant.RegisterAsync(Token);
        var path = $"/v1/apps/{app["appId"]}";
        var body = await other.DeployAsync(Token);

        (await other.Deployment.GetAnswerAsync(path, Token)).IsProblem(404, "not_found");
        (await PutAsync(other, path, body)).IsProblem(404, "not_found");
        (await DeleteAsync(other, path)).Is(204);

        var still = (await tenant.Deployment.GetAnswerAsync(path, Token)).Is(200).Json;
        JsonNode.DeepEquals(still, app).Should().BeTrue();
    }

    [Theory]
    [InlineData("limit=1", 1)]
    [InlineData("limit=200", 52)]
    [InlineData("", 50)]
    public async Task A_list_has_as_many_entries_as_asked_for_or_50(string query, int expected)
    {
        var tenant = await NewTenantAsync();
        await RegisterManyAsync(tenant, 52);

        var page = (await tenant.Deployment.GetAnswerAsync($"/v1/apps?{query}", Token)).Is(200);

        page.Json.Members().Should().BeEquivalentTo("items", "nextCursor");
        page.Json["items"]!.AsArray().Should().HaveCount(expected);
        (page.Json["nextCursor"] is null).Should().Be(expected == 52);
    }

    [Fact]
    public async Task Pages_together_are_the_whole_list_and_the_last_one_has_no_cursor()
    {
        var tenant = await NewTenantAsync();
        var ids = await RegisterManyAsync(tenant, 9);

        var pages = await PagesAsync(tenant, 3);

        pages.Should().HaveCount(3);
        pages.SelectMany(p => p).Should().BeEquivalentTo(ids);
    }

    [Fact]
    public async Task A_list_stays_stable_while_apps_come_and_go()
    {
        var tenant = await NewTenantAsync();
        var ids = (await RegisterManyAsync(tenant, 12)).Order(StringComparer.Ordinal).ToList();
        var first = (await tenant.Deployment.GetAnswerAsync("/v1/apps?limit=4", Token)).Is(200);
        var seen = Ids(first).ToList();

        // The place that the cursor names goes, and so does one further on; a new one comes.
        await DeleteAsync(tenant, $"/v1/apps/{seen[^1]}");
        var later = ids.Except(seen).First();
        await DeleteAsync(tenant, $"/v1/apps/{later}");
        await tenant.RegisterAsync(Token);
        string? cursor = first["nextCursor"];
        while (cursor is not null)
        {
            var next = (
                await tenant.Deployment.GetAnswerAsync($"/v1/apps?limit=4&cursor={cursor}", Token)
            ).Is(200);
            seen.AddRange(Ids(next));
            cursor = next.Json["nextCursor"]?.GetValue<string>();
        }

        seen.Should().OnlyHaveUniqueItems().And.Contain(ids.Where(i => i != later));
        seen.Should().NotContain(later);
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_list_only()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        await RegisterManyAsync(tenant, 2);
        await RegisterManyAsync(other, 2);
        await Tenant.PostAsync(tenant.Owner, $"{tenant.Root}/api-keys", new { name = "2" }, Token);
        var apps = (await tenant.Deployment.GetAnswerAsync("/v1/apps?limit=1", Token))[
            "nextCursor"
        ];
        var keys = (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/api-keys?limit=1", Token))[
            "nextCursor"
        ];
        var others = (await other.Deployment.GetAnswerAsync("/v1/apps?limit=1", Token))[
            "nextCursor"
        ];

        apps.Should().NotContain("APP#", "a cursor is opaque");
        string[] foreign = [keys, others, apps + "x", apps[1..], apps[..^1], "x", ".", "🎉", "a.b"];
        foreach (var cursor in foreign)
        {
            var path = $"/v1/apps?cursor={Uri.EscapeDataString(cursor)}";
            (await tenant.Deployment.GetAnswerAsync(path, Token)).IsProblem(
                400,
                "validation_failed",
                "cursor"
            );
        }

        (await tenant.Owner.GetAnswerAsync($"/v1/organizations?cursor={apps}", Token)).IsProblem(
            400,
            "validation_failed",
            "cursor"
        );
        (await tenant.Deployment.GetAnswerAsync($"/v1/apps?cursor={apps}", Token)).Is(200);
    }

    [Fact]
    public async Task The_owners_list_filters_by_tag_and_stage()
    {
        var tenant = await NewTenantAsync();
        var a = await tenant.RegisterAsync(Token, change: b => b["tags"] = new JsonArray("a", "b"));
        var b = await tenant.RegisterAsync(Token, change: b => b["stage"] = "test");

        (await IdsAsync("tag=a")).Should().BeEquivalentTo([a["appId"]!.GetValue<string>()]);
        (await IdsAsync("stage=test")).Should().BeEquivalentTo([b["appId"]!.GetValue<string>()]);
        (await IdsAsync("tag=a&stage=test")).Should().BeEmpty();
        (await IdsAsync("tag=A")).Should().BeEmpty();

        async Task<IEnumerable<string>> IdsAsync(string query) =>
            Ids((await tenant.Owner.GetAnswerAsync($"{tenant.Root}/apps?{query}", Token)).Is(200));
    }

    [Fact]
    public async Task Deleting_succeeds_however_often_and_whatever_the_id()
    {
        var tenant = await NewTenantAsync();
        var app = await tenant.RegisterAsync(Token);
        var path = $"/v1/apps/{app["appId"]}";

        (await DeleteAsync(tenant, path)).Is(204).Text.Should().BeEmpty();
        (await DeleteAsync(tenant, path)).Is(204);
        (await DeleteAsync(tenant, "/v1/apps/physical-id-of-a-failed-deployment")).Is(204);
        (await DeleteAsync(tenant, "/v1/apps/%20%F0%9F%8E%89")).Is(204);
        (await tenant.Deployment.GetAnswerAsync(path, Token)).IsProblem(404, "not_found");
        (await ListAsync(tenant.Deployment, "/v1/apps")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_replacement_holds_what_was_sent_and_keeps_what_is_not_the_callers()
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var made = await tenant.RegisterAsync(
            Token,
            role,
            change: b => b["tags"] = new JsonArray("a")
        );
        var path = $"/v1/apps/{made["appId"]}";
        var body = await tenant.DeployAsync(Token, role);
        body["name"] = "Renamed";

        var answer = (await PutAsync(tenant, path, body)).Is(200);

        var read = (await tenant.Deployment.GetAnswerAsync(path, Token)).Is(200);
        JsonNode.DeepEquals(read.Json, answer.Json).Should().BeTrue();
        read.ETag.Should().Be(answer.ETag);
        var app = answer.Json;
        app.Members().Should().BeEquivalentTo(AppMembers);
        app["name"]!.GetValue<string>().Should().Be("Renamed");
        app["tags"]!.AsArray().Should().BeEmpty("a replacement replaces, it does not merge");
        app["appId"]!.GetValue<string>().Should().Be(made["appId"]!.GetValue<string>());
        app["createdAt"]!.GetValue<string>().Should().Be(made["createdAt"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_External_ID_may_be_left_out_only_while_the_role_stays()
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, role))["appId"]}";
        var same = Tenant.Registration(role, "");
        same.Remove("externalId");
        var another = Tenant.Registration(Tenant.NewRoleArn(), "");
        another.Remove("externalId");

        (await PutAsync(tenant, path, same)).Is(200);
        (await PutAsync(tenant, path, another)).IsProblem(400, "validation_failed", "externalId");

        var app = (await tenant.Deployment.GetAnswerAsync(path, Token)).Json;
        app["executionRoleArn"]!.GetValue<string>().Should().Be(role);
    }

    [Fact]
    public async Task Replacing_what_is_not_there_is_not_found()
    {
        var tenant = await NewTenantAsync();
        var body = await tenant.DeployAsync(Token);

        (await PutAsync(tenant, "/v1/apps/aaaaaaaaaaaaaaaaaaaaa", body)).IsProblem(
            404,
            "not_found"
        );
        (await PutAsync(tenant, "/v1/apps/malformed", body)).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task A_change_under_If_Match_holds_for_the_version_read_only(string method)
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var made = (await PostAsync(tenant, await tenant.DeployAsync(Token, role))).Is(201);
        var path = $"/v1/apps/{made["appId"]}";
        var body = Tenant.Registration(role, "");
        body.Remove("externalId");
        var current = (await PutAsync(tenant, path, body, ("If-Match", made.ETag))).Is(200).ETag;
        current.Should().NotBe(made.ETag);

        string[] refused =
        [
            made.ETag,
            $"W/{current}",
            "\"\"",
            "\"nothing\"",
            current.Trim('"'),
            "garbage\"",
            "",
        ];
        foreach (var tag in refused)
        {
            (await ChangeAsync(tag)).IsProblem(412, "version_mismatch");
        }

        (await ChangeAsync($"\"other\", {current}")).Status.Should().BeOneOf(200, 204);

        Task<ApiAnswer> ChangeAsync(string tag) =>
            method == "PUT"
                ? PutAsync(tenant, path, body, ("If-Match", tag))
                : DeleteAsync(tenant, path, ("If-Match", tag));
    }

    [Fact]
    public async Task Any_version_is_good_for_an_asterisk_and_for_no_condition()
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, role))["appId"]}";
        var body = Tenant.Registration(role, "");
        body.Remove("externalId");

        (await PutAsync(tenant, path, body)).Is(200);
        (await PutAsync(tenant, path, body, ("If-Match", "*"))).Is(200);
        body["name"] = "Last writer";
        (await PutAsync(tenant, path, body)).Is(200)["name"].Should().Be("Last writer");
        (await DeleteAsync(tenant, path, ("If-Match", "*"))).Is(204);
    }

    [Fact]
    public async Task A_role_is_held_until_its_holders_last_app_is_gone()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var first = await tenant.RegisterAsync(Token, role);
        var second = await tenant.RegisterAsync(Token, role);
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 2));

        await ShouldWaitAsync();
        await DeleteAsync(tenant, $"/v1/apps/{first["appId"]}");
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
        await ShouldWaitAsync();
        await DeleteAsync(tenant, $"/v1/apps/{second["appId"]}");
        (await shared.Table.RoleClaimAsync(role, Token)).Should().BeNull();

        Status(await other.RegisterAsync(Token, role)).Should().Be("verified");
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((other.OrganizationId, 1));

        // An app that went on waiting would get the role by itself as soon as it is free.
        async Task ShouldWaitAsync()
        {
            var waiting = await other.RegisterAsync(Token, role);
            Status(waiting).Should().Be("pending");
            await DeleteAsync(other, $"/v1/apps/{waiting["appId"]}");
        }
    }

    [Fact]
    public async Task A_waiting_app_holds_nothing_and_frees_nothing()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        await tenant.RegisterAsync(Token, role);
        var waiting = await other.RegisterAsync(Token, role);

        await DeleteAsync(other, $"/v1/apps/{waiting["appId"]}");

        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_waiting_app_gets_the_role_by_a_replacement_once_it_is_free()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var holder = await tenant.RegisterAsync(Token, role);
        var path = $"/v1/apps/{(await other.RegisterAsync(Token, role))["appId"]}";
        var body = Tenant.Registration(role, "");
        body.Remove("externalId");

        Status((await PutAsync(other, path, body)).Is(200).Json).Should().Be("pending");
        await DeleteAsync(tenant, $"/v1/apps/{holder["appId"]}");
        Status((await PutAsync(other, path, body)).Is(200).Json).Should().Be("verified");

        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((other.OrganizationId, 1));
    }

    [Fact]
    public async Task A_waiting_app_gets_no_session()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        await tenant.RegisterAsync(Token, role);
        var waiting = await other.RegisterAsync(Token, role);

        var answer = await other.Owner.CallAsync(
            HttpMethod.Post,
            $"{other.Root}/apps/{waiting["appId"]}/credentials",
            null,
            Token
        );

        answer.IsProblem(409, "app_not_verified");
        answer.Text.Should().NotContain(tenant.OrganizationId);
    }

    [Fact]
    public async Task A_role_in_another_letter_case_is_the_same_role()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var respelled = role.Replace("Demo", "dEMO", StringComparison.Ordinal);
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, role))["appId"]}";

        Status(await other.RegisterAsync(Token, respelled)).Should().Be("pending");
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));

        var body = await tenant.DeployAsync(Token, respelled);
        var replaced = (await PutAsync(tenant, path, body)).Is(200).Json;
        Status(replaced).Should().Be("verified");
        replaced["executionRoleArn"]!.GetValue<string>().Should().Be(respelled);
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
        await DeleteAsync(tenant, path);
        (await shared.Table.RoleClaimAsync(role, Token)).Should().BeNull();
    }

    [Fact]
    public async Task An_External_ID_stays_with_its_first_organization_for_good()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var externalId = $"own-{Guid.NewGuid()}";
        var made = await TakeAsync(tenant);

        Status(await TakeAsync(other)).Should().Be("pending");
        await DeleteAsync(tenant, $"/v1/apps/{made["appId"]}");
        Status(await TakeAsync(other)).Should().Be("pending");
        Status(await TakeAsync(tenant)).Should().Be("verified");

        Task<JsonObject> TakeAsync(Tenant by) => by.RegisterAsync(Token, externalId: externalId);
    }

    [Fact]
    public async Task An_External_ID_made_for_one_organization_is_no_use_to_another()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var body = await tenant.DeployAsync(Token, role);

        var stolen = (await PostAsync(other, body)).Is(201).Json;

        Status(stolen).Should().Be("pending");
        (await shared.Table.RoleClaimAsync(role, Token)).Should().BeNull();
        var own = (await PostAsync(tenant, body)).Is(201).Json;
        Status(own).Should().Be("verified");
    }

    [Fact]
    public async Task A_replaced_role_is_free_again()
    {
        var tenant = await NewTenantAsync();
        var (old, next) = (Tenant.NewRoleArn(), Tenant.NewRoleArn());
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, old))["appId"]}";
        var body = await tenant.DeployAsync(Token, next);

        (await PutAsync(tenant, path, body)).Is(200);

        (await shared.Table.RoleClaimAsync(old, Token)).Should().BeNull();
        (await shared.Table.RoleClaimAsync(next, Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_replacement_by_a_role_that_another_organization_holds_waits_while_the_old_one_serves()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var (own, held) = (Tenant.NewRoleArn(), Tenant.NewRoleArn());
        await other.RegisterAsync(Token, held);
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, own))["appId"]}";
        var wanted = await tenant.DeployAsync(Token, held);
        wanted["name"] = "Wanted";

        var waiting = (await PutAsync(tenant, path, wanted)).Is(200);
        var read = (await tenant.Deployment.GetAnswerAsync(path, Token)).Json;

        var app = waiting.Json;
        JsonNode.DeepEquals(read, app).Should().BeTrue();
        app["name"]!.GetValue<string>().Should().Be("Discount codes");
        app["executionRoleArn"]!.GetValue<string>().Should().Be(own);
        Status(app).Should().Be("verified");
        app["pendingReplacement"]!["executionRoleArn"]!.GetValue<string>().Should().Be(held);
        Status(app["pendingReplacement"]!).Should().Be("pending");
        waiting.Text.Should().NotContain(other.OrganizationId);
        (await shared.Table.RoleClaimAsync(own, Token)).Should().Be((tenant.OrganizationId, 1));
        (await shared.Table.RoleClaimAsync(held, Token)).Should().Be((other.OrganizationId, 1));

        var back = Tenant.Registration(own, "");
        back.Remove("externalId");
        var cleared = (await PutAsync(tenant, path, back)).Is(200).Json;
        cleared["pendingReplacement"].Should().BeNull();
        Status(cleared).Should().Be("verified");
        (await shared.Table.RoleClaimAsync(own, Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task An_app_with_a_waiting_replacement_frees_its_role_when_it_is_deleted()
    {
        var tenant = await NewTenantAsync();
        var other = await NewTenantAsync();
        var (own, held) = (Tenant.NewRoleArn(), Tenant.NewRoleArn());
        await other.RegisterAsync(Token, held);
        var path = $"/v1/apps/{(await tenant.RegisterAsync(Token, own))["appId"]}";
        var wanted = await tenant.DeployAsync(Token, held);
        (await PutAsync(tenant, path, wanted)).Is(200);

        (await DeleteAsync(tenant, path)).Is(204);

        (await shared.Table.RoleClaimAsync(own, Token)).Should().BeNull();
        (await shared.Table.RoleClaimAsync(held, Token)).Should().Be((other.OrganizationId, 1));
    }

    [Fact]
    public async Task Of_two_organizations_that_register_one_role_at_once_exactly_one_holds_it()
    {
        var tenants = new[] { await NewTenantAsync(), await NewTenantAsync() };
        var role = Tenant.NewRoleArn();

        var apps = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => tenants[i % 2].RegisterAsync(Token, role))
        );

        var claim = await shared.Table.RoleClaimAsync(role, Token);
        claim.Should().NotBeNull();
        apps.Should()
            .AllSatisfy(app =>
                Status(app)
                    .Should()
                    .Be(
                        app["organizationId"]!.GetValue<string>() == claim!.Value.OrganizationId
                            ? "verified"
                            : "pending"
                    )
            );
        claim!.Value.Apps.Should().Be(5);
    }

    [Fact]
    public async Task Parallel_deletions_of_apps_of_one_role_leave_no_claim()
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var apps = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => tenant.RegisterAsync(Token, role))
        );
        (await shared.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 12));

        var answers = await Task.WhenAll(
            apps.Select(app => DeleteAsync(tenant, $"/v1/apps/{app["appId"]}"))
        );

        answers.Should().AllSatisfy(a => a.Is(204));
        (await shared.Table.RoleClaimAsync(role, Token)).Should().BeNull();
    }

    [Fact]
    public async Task Parallel_replacements_and_deletions_of_one_app_keep_app_and_claims_together()
    {
        var tenant = await NewTenantAsync();
        var roles = new[] { Tenant.NewRoleArn(), Tenant.NewRoleArn() };
        var externalId = await tenant.NewExternalIdAsync(Token);
        foreach (var role in roles)
        {
            await tenant.DeployAsync(Token, role, externalId);
        }

        for (var round = 0; round < 5; round++)
        {
            var app = await tenant.RegisterAsync(Token, roles[0]);
            var path = $"/v1/apps/{app["appId"]}";
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(i =>
                        i == 7 && round % 2 == 0
                            ? DeleteAsync(tenant, path)
                            : PutAsync(tenant, path, Tenant.Registration(roles[i % 2], externalId))
                    )
            );

            answers
                .Select(a => a.Status)
                .Should()
                .OnlyContain(s => s == 200 || s == 204 || s == 404);
            await ShouldHoldWhatItsAppsHoldAsync(tenant, roles);
            await DeleteAsync(tenant, path);
            await ShouldHoldWhatItsAppsHoldAsync(tenant, roles);
        }
    }

    [Fact]
    public async Task Of_parallel_changes_under_one_version_one_is_made()
    {
        var tenant = await NewTenantAsync();
        var role = Tenant.NewRoleArn();
        var made = (await PostAsync(tenant, await tenant.DeployAsync(Token, role))).Is(201);
        var body = Tenant.Registration(role, "");
        body.Remove("externalId");

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ =>
                    PutAsync(
                        tenant,
                        $"/v1/apps/{made["appId"]}",
                        body.DeepClone().AsObject(),
                        ("If-Match", made.ETag)
                    )
                )
        );

        answers.Count(a => a.Status == 200).Should().Be(1);
        answers
            .Where(a => a.Status != 200)
            .Should()
            .AllSatisfy(a => a.IsProblem(412, "version_mismatch"));
    }

    private async Task ShouldHoldWhatItsAppsHoldAsync(Tenant tenant, string[] roles)
    {
        var apps = await ListAsync(tenant.Deployment, "/v1/apps");
        foreach (var role in roles)
        {
            var serving = apps.Count(a => a["executionRoleArn"]!.GetValue<string>() == role);
            var claim = await shared.Table.RoleClaimAsync(role, Token);
            (claim?.Apps ?? 0).Should().Be(serving);
        }
    }

    private Task<Tenant> NewTenantAsync() => Tenant.CreateAsync(shared.ControlPlane, Token);

    private static string Status(JsonNode app) =>
        app["verification"]!["status"]!.GetValue<string>();

    private static Task<ApiAnswer> PostAsync(Tenant tenant, JsonObject body) =>
        tenant.Deployment.CallAsync(HttpMethod.Post, "/v1/apps", body, Token);

    private static Task<ApiAnswer> PutAsync(
        Tenant tenant,
        string path,
        JsonObject body,
        params (string, string)[] headers
    ) => tenant.Deployment.CallAsync(HttpMethod.Put, path, body, Token, headers);

    private static Task<ApiAnswer> DeleteAsync(
        Tenant tenant,
        string path,
        params (string, string)[] headers
    ) => tenant.Deployment.CallAsync(HttpMethod.Delete, path, null, Token, headers);

    private static async Task<IReadOnlyList<string>> RegisterManyAsync(Tenant tenant, int count)
    {
        var body = await tenant.DeployAsync(Token);
        var answers = new List<string>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(8))
        {
            var made = await Task.WhenAll(batch.Select(_ => PostAsync(tenant, body)));
            answers.AddRange(made.Select(a => a.Is(201)["appId"]));
        }

        return answers;
    }

    private static async Task<List<List<string>>> PagesAsync(Tenant tenant, int limit)
    {
        var pages = new List<List<string>>();
        string? cursor = null;
        do
        {
            var query = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = (
                await tenant.Deployment.GetAnswerAsync($"/v1/apps?limit={limit}{query}", Token)
            ).Is(200);
            pages.Add([.. Ids(page)]);
            cursor = page.Json["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);

        return pages;
    }

    private static IEnumerable<string> Ids(ApiAnswer list) =>
        list.Json["items"]!.AsArray().Select(a => a!["appId"]!.GetValue<string>());

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(HttpClient client, string path) =>
        [
            .. (await client.GetAnswerAsync(path, Token)).Is(200).Json["items"]!
                .AsArray()
                .Select(a => a!),
        ];
}
