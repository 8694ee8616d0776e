using System.Net.Http.Json;
using Buttonize.Api.Access;

namespace Buttonize.Api.Tests.Access;

/// <summary>
/// Every route of the program × every kind of caller, in one table. The routes are found by asking the program: one without an entry fails.
/// </summary>
public sealed class AccessTableTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Organization = "/v1/organizations/{organizationId:id}";
    private const string App = $"{Organization}/apps/{{appId:id}}";

    private static readonly string[] Permissions =
    [
        "liveLocalDevelopment",
        "manageApiKeys",
        "manageApps",
        "manageMembers",
        "managePermissions",
    ];

    /// <summary>Who may call a route.</summary>
    /// <param name="Permission">The permission that it takes; null: none.</param>
    /// <param name="Owner">Whether only the owner may.</param>
    /// <param name="App">Whether the caller must be allowed to use the app.</param>
    /// <param name="Deployment">Whether it is for API keys.</param>
    /// <param name="Anybody">Whether every signed-in person may.</param>
    private sealed record Rule(
        string? Permission = null,
        bool Owner = false,
        bool App = false,
        bool Deployment = false,
        bool Anybody = false
    );

    private static readonly Rule Anybody = new(Anybody: true);
    private static readonly Rule Member = new();
    private static readonly Rule Owner = new(Owner: true);
    private static readonly Rule Groups = new("managePermissions");
    private static readonly Rule Members = new("manageMembers");
    private static readonly Rule Keys = new("manageApiKeys");
    private static readonly Rule Use = new(App: true);
    private static readonly Rule SuspendApps = new("manageApps", App: true);
    private static readonly Rule Deploy = new(Deployment: true);

    private static readonly Dictionary<string, Rule> Table = new(StringComparer.Ordinal)
    {
        ["GET /v1/me"] = Anybody,
        ["POST /v1/me/erasure"] = Anybody,
        ["GET /v1/organizations"] = Anybody,
        ["POST /v1/organizations"] = Anybody,
        ["GET /v1/invitations"] = Anybody,
        ["POST /v1/invitations/{invitationId:id}/acceptance"] = Anybody,
        [$"GET {Organization}"] = Member,
        [$"PATCH {Organization}"] = Owner,
        [$"DELETE {Organization}"] = Owner,
        [$"POST {Organization}/ownership-transfer"] = Owner,
        [$"GET {Organization}/groups"] = Member,
        [$"GET {Organization}/groups/{{groupId:id}}"] = Member,
        [$"POST {Organization}/groups"] = Groups,
        [$"PUT {Organization}/groups/{{groupId:id}}"] = Groups,
        [$"DELETE {Organization}/groups/{{groupId:id}}"] = Groups,
        [$"GET {Organization}/members"] = Member,
        [$"GET {Organization}/members/{{userId:id}}"] = Member,
        [$"PUT {Organization}/members/{{userId:id}}"] = Members,
        [$"DELETE {Organization}/members/{{userId:id}}"] = Members,
        [$"PUT {Organization}/members/{{userId:id}}/suspension"] = Members,
        [$"DELETE {Organization}/members/{{userId:id}}/suspension"] = Members,
        [$"POST {Organization}/invitations"] = Members,
        [$"GET {Organization}/invitations"] = Members,
        [$"DELETE {Organization}/invitations/{{invitationId:id}}"] = Members,
        [$"POST {Organization}/api-keys"] = Keys,
        [$"GET {Organization}/api-keys"] = Keys,
        [$"DELETE {Organization}/api-keys/{{keyId:id}}"] = Keys,
        [$"GET {Organization}/apps"] = Member,
        [$"GET {App}"] = Use,
        [$"PUT {App}/suspension"] = SuspendApps,
        [$"DELETE {App}/suspension"] = SuspendApps,
        [$"POST {App}/credentials"] = Use,
        [$"GET {App}/credentials/process"] = Use,
        [$"GET {App}/credentials/container"] = Use,
        // Everybody's own entries; what more they see is in Audit/IssuanceRightsTests.
        [$"GET {Organization}/issuances"] = Member,
        ["POST /v1/external-ids"] = Deploy,
        ["GET /v1/apps"] = Deploy,
        ["POST /v1/apps"] = Deploy,
        ["GET /v1/apps/{appId:id}"] = Deploy,
        ["PUT /v1/apps/{appId:id}"] = Deploy,
        ["DELETE /v1/apps/{appId}"] = Deploy,
        ["POST /v1/apps/{appId:id}/verification"] = Deploy,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Somebody who calls.</summary>
    /// <param name="Name">For messages.</param>
    /// <param name="Client">Their client.</param>
    /// <param name="Is">What they are.</param>
    /// <param name="Has">Their permissions.</param>
    /// <param name="Apps">Whether they may use the app.</param>
    private sealed record Caller(
        string Name,
        HttpClient Client,
        Kind Is,
        IReadOnlyList<string> Has,
        bool Apps
    );

    private enum Kind
    {
        Nobody,
        Outsider,
        Suspended,
        Member,
        Owner,
        Deployment,
    }

    [Fact]
    public void Every_route_has_an_entry() =>
        Route
            .All(shared.ControlPlane)
            .Select(r => r.Name)
            .Where(name => name.Contains(" /v1/", StringComparison.Ordinal))
            .Should()
            .BeEquivalentTo(Table.Keys);

    [Fact]
    public void Every_route_of_an_organization_demands_something()
    {
        var routes = Route
            .All(shared.ControlPlane)
            .Where(r => r.Pattern.StartsWith(Organization, StringComparison.Ordinal))
            .ToList();

        routes.Should().HaveCountGreaterThan(25);
        routes
            .Where(r => r.Endpoint.Metadata.GetMetadata<AccessRequirement>() is null)
            .Should()
            .BeEmpty();
    }

    [Fact]
    public async Task Every_kind_of_caller_gets_what_the_table_says()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(
            Token,
            change: b => b["tags"] = new System.Text.Json.Nodes.JsonArray("red")
        );
        var callers = await CallersAsync(tenant);
        callers.Should().HaveCount(18);
        var failures = new List<string>();
        foreach (var route in Route.All(shared.ControlPlane).Where(r => Table.ContainsKey(r.Name)))
        {
            foreach (var caller in callers)
            {
                var ids = await IdsAsync(tenant, app["appId"]!.GetValue<string>(), route);
                using var response = await route.SendAsync(
                    caller.Client,
                    Token,
                    ids,
                    () => Body(route, ids)
                );
                var text = await response.Content.ReadAsStringAsync(Token);
                var code = text.Contains("\"code\":", StringComparison.Ordinal)
                    ? text.Split("\"code\":\"")[1].Split('"')[0]
                    : "";
                var answer = $"{(int)response.StatusCode} {code}".TrimEnd();
                var expected = Expected(Table[route.Name], caller, route);
                if (!Fits(expected, answer) || !NamesPermission(expected, Table[route.Name], text))
                {
                    failures.Add(
                        $"{route.Name} by {caller.Name}: {answer} instead of {expected}: {text}"
                    );
                }
            }
        }

        failures.Should().BeEmpty();
    }

    [Fact]
    public async Task Of_a_suspended_organization_every_route_refuses_everybody_in_it()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(
            Token,
            change: b => b["tags"] = new System.Text.Json.Nodes.JsonArray("red")
        );
        var callers = await CallersAsync(tenant);
        await tenant.SuspendAsync("Unpaid", Token);
        var failures = new List<string>();
        var (asked, refused) = (0, 0);
        foreach (var route in Route.All(shared.ControlPlane).Where(r => Table.ContainsKey(r.Name)))
        {
            var rule = Table[route.Name];
            foreach (
                var caller in callers.Where(c => !rule.Anybody && c.Name != "API key of another")
            )
            {
                var ids = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["organizationId"] = tenant.OrganizationId,
                    ["appId"] = app["appId"]!.GetValue<string>(),
                };
                using var response = await route.SendAsync(
                    caller.Client,
                    Token,
                    ids,
                    route.GoodBody
                );
                var answer = (int)response.StatusCode;
                var text = await response.Content.ReadAsStringAsync(Token);
                var expected =
                    caller.Is == Kind.Nobody ? "unauthenticated"
                    : (caller.Is == Kind.Deployment) != rule.Deployment ? "wrong_principal"
                    : caller.Is == Kind.Outsider ? "not_found"
                    : "organization_suspended";
                (asked, refused) = (
                    asked + 1,
                    refused + (expected == "organization_suspended" ? 1 : 0)
                );
                if (!text.Contains($"\"code\":\"{expected}\"", StringComparison.Ordinal))
                {
                    failures.Add(
                        $"{route.Name} by {caller.Name}: {answer} {text} instead of {expected}"
                    );
                }
            }
        }

        failures.Should().BeEmpty();
        refused.Should().BeGreaterThan(300).And.BeLessThan(asked);
    }

    private static bool NamesPermission(string expected, Rule rule, string text) =>
        expected != "403 forbidden"
        || rule.Permission is null
        || text.Contains($"'{rule.Permission}'", StringComparison.Ordinal);

    private static bool Fits(string expected, string answer) =>
        expected == "granted"
            ? !answer.StartsWith("401", StringComparison.Ordinal)
                && answer
                    is not ("404 not_found" or "403 member_suspended" or "403 wrong_principal")
                && answer[0] is '2' or '4'
                && answer != "403 forbidden"
            : answer == expected;

    private static string Expected(Rule rule, Caller caller, Route route) =>
        caller.Is == Kind.Nobody ? "401 unauthenticated"
        : (caller.Is == Kind.Deployment) != rule.Deployment ? "403 wrong_principal"
        : rule.Deployment ? ForDeployment(caller, route)
        : rule.Anybody ? ForAnybody(caller, route)
        : caller.Is == Kind.Outsider ? "404 not_found"
        : caller.Is == Kind.Suspended ? "403 member_suspended"
        : rule.App && !caller.Apps ? "404 not_found"
        : rule.Owner ? (caller.Is == Kind.Owner ? "granted" : "403 forbidden")
        : rule.Permission is null || caller.Has.Contains(rule.Permission) ? "granted"
        : "403 forbidden";

    private static string ForAnybody(Caller caller, Route route) =>
        // The invitation is to somebody else's address, so nobody here has it.
        route.Pattern.EndsWith("/acceptance", StringComparison.Ordinal)
            ? caller.Name is "owner" or "owner of another"
                ? "403 forbidden"
                : "404 not_found"
            : "granted";

    private static string ForDeployment(Caller caller, Route route) =>
        caller.Name == "API key" || route.Parameters.Count == 0 || route.Method == "DELETE"
            ? "granted"
            : "404 not_found";

    private static HttpContent? Body(Route route, Dictionary<string, string> ids) =>
        route.Pattern switch
        {
            _ when route.Pattern.EndsWith("/ownership-transfer", StringComparison.Ordinal) =>
            // To whom it belongs already: granted, and the owner stays.
            JsonContent.Create(new { userId = ids["ownerId"] }),
            "/v1/apps" when route.Method == "POST" => JsonContent.Create(
                Tenant.Registration(Tenant.NewRoleArn(), $"an-external-id-{Guid.NewGuid():N}")
            ),
            _ => route.GoodBody(),
        };

    /// <summary>Things to change and delete, new ones for every call that could.</summary>
    private static async Task<Dictionary<string, string>> IdsAsync(
        Tenant tenant,
        string app,
        Route route
    )
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["organizationId"] = tenant.OrganizationId,
            ["appId"] =
                route.Pattern.StartsWith("/v1/apps", StringComparison.Ordinal)
                && route.Method == "DELETE"
                    ? Route.NoId
                    : app,
            ["ownerId"] = (await tenant.Owner.GetAnswerAsync(tenant.Root, Token))["ownerId"],
        };
        if (route.Parameters.Contains("groupId"))
        {
            ids["groupId"] = await tenant.MakeGroupAsync($"{Guid.NewGuid():N}", [], Token);
        }

        if (route.Parameters.Contains("userId"))
        {
            ids["userId"] = (await JoinedMember.JoinAsync(tenant, Token)).UserId;
        }

        if (route.Parameters.Contains("invitationId"))
        {
            ids["invitationId"] = (
                await Tenant.PostAsync(
                    tenant.Owner,
                    $"{tenant.Root}/invitations",
                    new { email = $"{Guid.NewGuid():N}@example.com" },
                    Token
                )
            )["invitationId"]!.GetValue<string>();
        }

        if (route.Parameters.Contains("keyId"))
        {
            ids["keyId"] = (
                await Tenant.PostAsync(
                    tenant.Owner,
                    $"{tenant.Root}/api-keys",
                    new { name = "key" },
                    Token
                )
            )["keyId"]!.GetValue<string>();
        }

        return ids;
    }

    private async Task<IReadOnlyList<Caller>> CallersAsync(Tenant tenant)
    {
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var suspended = await InAsync(tenant, "Admins");
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{suspended.UserId}/suspension",
                new { reason = "Left" },
                Token
            )
        ).Is(200);
        var outsider = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        List<Caller> callers =
        [
            new("nobody", shared.ControlPlane.Anonymous(), Kind.Nobody, [], false),
            new("outsider", outsider.Client, Kind.Outsider, [], false),
            new("owner of another", other.Owner, Kind.Outsider, [], false),
            new("suspended admin", suspended.Client, Kind.Suspended, [], false),
            new(
                "member in no group",
                (await JoinedMember.JoinAsync(tenant, Token)).Client,
                Kind.Member,
                [],
                false
            ),
            new("user", (await InAsync(tenant, "Users")).Client, Kind.Member, [], true),
            new(
                "developer",
                (await InAsync(tenant, "Developers")).Client,
                Kind.Member,
                ["liveLocalDevelopment", "manageApiKeys"],
                true
            ),
            new("admin", (await InAsync(tenant, "Admins")).Client, Kind.Member, Permissions, true),
            new("by tag", await InNewAsync(tenant, ["red"]), Kind.Member, [], true),
            new(
                "by another tag",
                await InNewAsync(tenant, ["blue"], Permissions),
                Kind.Member,
                Permissions,
                false
            ),
            new("owner", tenant.Owner, Kind.Owner, Permissions, true),
            new("API key", tenant.Deployment, Kind.Deployment, [], false),
            new("API key of another", other.Deployment, Kind.Deployment, [], false),
        ];
        foreach (var permission in Permissions)
        {
            callers.Add(
                new(
                    $"only {permission}",
                    await InNewAsync(tenant, ["*"], permission),
                    Kind.Member,
                    [permission],
                    true
                )
            );
        }

        return callers;
    }

    private static async Task<JoinedMember> InAsync(Tenant tenant, string group) =>
        await JoinedMember.JoinAsync(tenant, [await tenant.GroupIdAsync(group, Token)], Token);

    private static async Task<HttpClient> InNewAsync(
        Tenant tenant,
        string[] tags,
        params string[] permissions
    ) =>
        (
            await JoinedMember.JoinAsync(
                tenant,
                [await tenant.MakeGroupAsync($"{Guid.NewGuid():N}", tags, Token, permissions)],
                Token
            )
        ).Client;
}
