using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>The groups that every organization has, and those that it makes.</summary>
public sealed class GroupTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static readonly string[] NoPermissions = [];

    private static readonly string[] Permissions =
    [
        "liveLocalDevelopment",
        "manageApiKeys",
        "manageApps",
        "manageMembers",
        "managePermissions",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_organization_begins_with_three_groups()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);

        var groups = await tenant.Owner.ListAsync($"{tenant.Root}/groups", Token);

        groups.Texts("name").Should().BeEquivalentTo("Admins", "Developers", "Users");
        foreach (var group in groups)
        {
            group
                .Members()
                .Should()
                .BeEquivalentTo("groupId", "name", "isDefault", "appTags", "permissions");
            ((string)group["groupId"]!).Should().MatchRegex(@"\A[A-Za-z0-9_-]{21}\z");
            ((bool)group["isDefault"]!).Should().BeTrue();
            group.Texts("appTags").Should().Equal("*");
            Given(group)
                .Should()
                .BeEquivalentTo(
                    (string)group["name"]! switch
                    {
                        "Admins" => Permissions,
                        "Developers" => ["liveLocalDevelopment", "manageApiKeys"],
                        _ => NoPermissions,
                    }
                );
            JsonNode
                .DeepEquals((await GetAsync(tenant, (string)group["groupId"]!)).Is(200).Json, group)
                .Should()
                .BeTrue();
        }
    }

    [Fact]
    public async Task Two_organizations_have_default_groups_of_their_own()
    {
        var (a, b) = (
            await Tenant.CreateAsync(shared.ControlPlane, Token),
            await Tenant.CreateAsync(shared.ControlPlane, Token)
        );

        var (ofA, ofB) = (
            await a.Owner.ListAsync($"{a.Root}/groups", Token),
            await b.Owner.ListAsync($"{b.Root}/groups", Token)
        );

        ofA.Texts("groupId").Should().NotIntersectWith(ofB.Texts("groupId"));
        (await GetAsync(a, ofB.Texts("groupId").First())).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("Admins")]
    [InlineData("Developers")]
    [InlineData("Users")]
    public async Task Nobody_changes_or_deletes_a_default_group(string name)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var id = await tenant.GroupIdAsync(name, Token);
        var before = await GetAsync(tenant, id);
        var same = new { name, appTags = new[] { "*" } };

        foreach ((string, string)[] headers in new[] { [], new[] { ("If-Match", before.ETag) } })
        {
            (await PutAsync(tenant, id, same, headers)).IsProblem(409, "default_group");
            (await DeleteAsync(tenant, id, headers)).IsProblem(409, "default_group");
        }

        (await GetAsync(tenant, id)).Is(200).Text.Should().Be(before.Text);
    }

    [Fact]
    public async Task A_group_is_made_read_replaced_and_deleted()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);

        var made = (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/groups",
                new
                {
                    name = "Support 🎧",
                    appTags = new[] { "support", "Billing" },
                    permissions = new { manageApps = true, manageMembers = false },
                },
                Token
            )
        ).Is(201);

        var id = made["groupId"];
        made.Headers.Location!.ToString().Should().Be($"{tenant.Root}/groups/{id}");
        made["name"].Should().Be("Support 🎧");
        ((bool)made.Json["isDefault"]!).Should().BeFalse();
        made.Json.Texts("appTags").Should().BeEquivalentTo("support", "Billing");
        Given(made.Json).Should().Equal("manageApps");
        var read = (await GetAsync(tenant, id)).Is(200);
        read.Text.Should().Be(made.Text);
        read.ETag.Should().Be(made.ETag);

        var replaced = (
            await PutAsync(
                tenant,
                id,
                new
                {
                    name = "Second line",
                    appTags = new[] { "*" },
                    permissions = new { manageApiKeys = true },
                }
            )
        ).Is(200);

        replaced["groupId"].Should().Be(id);
        replaced["name"].Should().Be("Second line");
        replaced.Json.Texts("appTags").Should().Equal("*");
        Given(replaced.Json).Should().Equal("manageApiKeys");
        replaced.ETag.Should().NotBe(made.ETag);
        (await GetAsync(tenant, id)).Is(200).Text.Should().Be(replaced.Text);

        (await DeleteAsync(tenant, id)).Is(204);

        (await GetAsync(tenant, id)).IsProblem(404, "not_found");
        (await PutAsync(tenant, id, new { name = "Again" })).IsProblem(404, "not_found");
        (await DeleteAsync(tenant, id)).IsProblem(404, "not_found");
        (await tenant.Owner.ListAsync($"{tenant.Root}/groups", Token)).Should().HaveCount(3);
        (await shared.Table.ScanAsync(Token)).Should().NotContain(i => i["sk"].S.Contains(id));
    }

    [Fact]
    public async Task What_is_left_out_is_not_given()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var id = await tenant.MakeGroupAsync("Nothing", [], Token);

        var made = (await GetAsync(tenant, id)).Is(200);
        made.Json.Texts("appTags").Should().BeEmpty();
        made.Json["permissions"].Members().Should().BeEquivalentTo(Permissions);
        Given(made.Json).Should().BeEmpty();

        (
            await PutAsync(
                tenant,
                id,
                new
                {
                    name = "Much",
                    appTags = new[] { "*" },
                    permissions = Permissions.ToDictionary(p => p, _ => true),
                }
            )
        ).Is(200);

        // A replacement is the whole group: what it leaves out is taken away, not kept.
        var replaced = (await PutAsync(tenant, id, new { name = "Nothing" })).Is(200);
        replaced.Json.Texts("appTags").Should().BeEmpty();
        Given(replaced.Json).Should().BeEmpty();
        (await GetAsync(tenant, id)).Is(200).Text.Should().Be(replaced.Text);
    }

    [Fact]
    public async Task A_change_of_what_somebody_else_changed_meanwhile_is_refused()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var id = await tenant.MakeGroupAsync("Support", ["support"], Token);
        var read = (await GetAsync(tenant, id)).Is(200);
        var changed = (
            await PutAsync(tenant, id, new { name = "First" }, ("If-Match", read.ETag))
        ).Is(200);

        foreach (var stale in (string[])[read.ETag, $"W/{changed.ETag}", "\"0\"", "nonsense"])
        {
            (await PutAsync(tenant, id, new { name = "Second" }, ("If-Match", stale))).IsProblem(
                412,
                "version_mismatch"
            );
            (await DeleteAsync(tenant, id, ("If-Match", stale))).IsProblem(412, "version_mismatch");
        }

        (await GetAsync(tenant, id)).Is(200).Text.Should().Be(changed.Text);
        (await PutAsync(tenant, id, new { name = "Third" }, ("If-Match", "*"))).Is(200);
        var last = (await PutAsync(tenant, id, new { name = "The last writer" })).Is(200);
        (await DeleteAsync(tenant, id, ("If-Match", last.ETag))).Is(204);
    }

    [Fact]
    public async Task Many_groups_are_listed_page_by_page_each_once()
    {
        const int count = 250;
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var made = new List<string>();
        for (var i = 0; i < count; i++)
        {
            made.Add(await tenant.MakeGroupAsync($"Group {i}", [$"tag-{i}"], Token));
        }

        foreach (var limit in (int[])[1, 50, 100, 200])
        {
            var pages = await tenant.Owner.PagesAsync($"{tenant.Root}/groups", limit, Token);

            var groups = pages.SelectMany(page => page).ToList();
            groups.Texts("groupId").Should().OnlyHaveUniqueItems().And.HaveCount(count + 3);
            groups.Texts("groupId").Should().Contain(made);
            pages.Should().HaveCount((count + 3 + limit - 1) / limit);
            foreach (var (i, id) in made.Index())
            {
                groups
                    .Single(g => (string)g["groupId"]! == id)
                    .Texts("appTags")
                    .Should()
                    .Equal($"tag-{i}");
            }
        }
    }

    private static IEnumerable<string> Given(JsonObject group) =>
        group["permissions"]!.AsObject().Where(p => (bool)p.Value!).Select(p => p.Key);

    private static Task<ApiAnswer> GetAsync(Tenant tenant, string id) =>
        tenant.Owner.GetAnswerAsync($"{tenant.Root}/groups/{id}", Token);

    private static Task<ApiAnswer> PutAsync(
        Tenant tenant,
        string id,
        object body,
        params (string, string)[] headers
    ) => tenant.Owner.CallAsync(HttpMethod.Put, $"{tenant.Root}/groups/{id}", body, Token, headers);

    private static Task<ApiAnswer> DeleteAsync(
        Tenant tenant,
        string id,
        params (string, string)[] headers
    ) =>
        tenant.Owner.CallAsync(
            HttpMethod.Delete,
            $"{tenant.Root}/groups/{id}",
            null,
            Token,
            headers
        );
}
