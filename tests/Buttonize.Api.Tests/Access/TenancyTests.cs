using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Access;

/// <summary>Two organizations on one control plane: neither learns of the other, whatever it asks.</summary>
public sealed class TenancyTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Organization = "/v1/organizations/{organizationId:id}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ControlPlane ControlPlane => shared.ControlPlane;

    /// <summary>Each route that takes an id, and its answer where there is nothing.</summary>
    private static readonly Dictionary<string, HttpStatusCode> Cases = new(StringComparer.Ordinal)
    {
        [$"GET {Organization}"] = HttpStatusCode.NotFound,
        [$"PATCH {Organization}"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}"] = HttpStatusCode.NotFound,
        [$"POST {Organization}/ownership-transfer"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/groups"] = HttpStatusCode.NotFound,
        [$"POST {Organization}/groups"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/groups/{{groupId:id}}"] = HttpStatusCode.NotFound,
        [$"PUT {Organization}/groups/{{groupId:id}}"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/groups/{{groupId:id}}"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/members"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/members/{{userId:id}}"] = HttpStatusCode.NotFound,
        [$"PUT {Organization}/members/{{userId:id}}"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/members/{{userId:id}}"] = HttpStatusCode.NotFound,
        [$"POST {Organization}/invitations"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/invitations"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/invitations/{{invitationId:id}}"] = HttpStatusCode.NotFound,
        // The owner's token has no verified address: the same refusal, whatever there is.
        ["POST /v1/invitations/{invitationId:id}/acceptance"] = HttpStatusCode.Forbidden,
        [$"POST {Organization}/api-keys"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/api-keys"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/api-keys/{{keyId:id}}"] = HttpStatusCode.NotFound,
        [$"PUT {Organization}/members/{{userId:id}}/suspension"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/members/{{userId:id}}/suspension"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/apps"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/apps/{{appId:id}}"] = HttpStatusCode.NotFound,
        [$"PUT {Organization}/apps/{{appId:id}}/suspension"] = HttpStatusCode.NotFound,
        [$"DELETE {Organization}/apps/{{appId:id}}/suspension"] = HttpStatusCode.NotFound,
        [$"POST {Organization}/apps/{{appId:id}}/credentials"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/apps/{{appId:id}}/credentials/process"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/apps/{{appId:id}}/credentials/container"] = HttpStatusCode.NotFound,
        [$"GET {Organization}/issuances"] = HttpStatusCode.NotFound,
        ["GET /v1/apps/{appId:id}"] = HttpStatusCode.NotFound,
        ["PUT /v1/apps/{appId:id}"] = HttpStatusCode.NotFound,
        ["DELETE /v1/apps/{appId}"] = HttpStatusCode.NoContent,
        ["POST /v1/apps/{appId:id}/verification"] = HttpStatusCode.NotFound,
    };

    [Fact]
    public void Every_route_with_an_id_has_a_case_here() =>
        Route
            .All(ControlPlane)
            .Where(r =>
                r.Pattern.StartsWith("/v1/", StringComparison.Ordinal) && r.Parameters.Count > 0
            )
            .Select(r => r.Name)
            .Should()
            .BeEquivalentTo(Cases.Keys);

    [Fact]
    public async Task What_is_anothers_is_answered_like_what_does_not_exist()
    {
        var a = await MakeAsync();
        var b = await MakeAsync();
        foreach (var (name, status) in Cases)
        {
            var route = Route.All(ControlPlane).Single(r => r.Name == name);
            var client = route.Pattern.StartsWith("/v1/apps", StringComparison.Ordinal)
                ? b.Tenant.Deployment
                : b.Tenant.Owner;

            // Every mixture of foreign, own and missing ids that is not all one's own.
            var missing = await AnswerAsync(route, client, status, []);
            foreach (
                var ids in from organization in Choices(
                    a.Tenant.OrganizationId,
                    b.Tenant.OrganizationId
                )
                from app in Choices(a.AppId, b.AppId)
                from key in Choices(a.KeyId, b.KeyId)
                from user in route.Parameters.Contains("userId")
                    ? Choices(a.UserId, b.UserId)
                    : [b.UserId]
                from invitation in route.Parameters.Contains("invitationId")
                    ? Choices(a.InvitationId, b.InvitationId)
                    : [b.InvitationId]
                from @group in route.Parameters.Contains("groupId")
                    ? Choices(a.GroupId, b.GroupId)
                    : [b.GroupId]
                select new Dictionary<string, string>
                {
                    ["organizationId"] = organization,
                    ["appId"] = app,
                    ["keyId"] = key,
                    ["userId"] = user,
                    ["groupId"] = @group,
                    ["invitationId"] = invitation,
                }
            )
            {
                if (route.Parameters.All(p => ids[p] == b.Ids[p]))
                {
                    continue;
                }

                (await AnswerAsync(route, client, status, ids))
                    .Should()
                    .Be(missing, "{0} {1}", name, string.Join(' ', ids.Values));
            }
        }

        await AllIsWellAsync(a);
        await AllIsWellAsync(b);
    }

    [Fact]
    public async Task Lists_show_only_ones_own()
    {
        var a = await MakeAsync();
        var b = await MakeAsync();

        foreach (
            var (client, path) in new[]
            {
                (b.Tenant.Owner, "/v1/organizations"),
                (b.Tenant.Owner, "/v1/me"),
                (b.Tenant.Owner, $"{b.Tenant.Root}/apps"),
                (b.Tenant.Owner, $"{b.Tenant.Root}/api-keys"),
                (b.Tenant.Owner, $"{b.Tenant.Root}/groups"),
                (b.Tenant.Owner, $"{b.Tenant.Root}/members"),
                (b.Tenant.Owner, $"{b.Tenant.Root}/invitations"),
                (b.Tenant.Owner, "/v1/invitations"),
                (b.Tenant.Deployment, "/v1/apps"),
            }
        )
        {
            var text = await client.GetStringAsync(path, Token);
            text.Should()
                .NotContain(a.Tenant.OrganizationId, path)
                .And.NotContain(a.AppId, path)
                .And.NotContain(a.KeyId, path)
                .And.NotContain(a.RoleArn, path)
                .And.NotContain(a.UserId, path)
                .And.NotContain(a.GroupId, path)
                .And.NotContain(a.InvitationId, path);
        }
    }

    [Fact]
    public async Task A_list_goes_on_only_for_whom_it_began()
    {
        var (a, b) = (await MakeAsync(), await MakeAsync());
        await a.Tenant.RegisterAsync(Token);
        var page = await a.Tenant.Deployment.GetFromJsonAsync<JsonObject>(
            "/v1/apps?limit=1",
            Token
        );
        var cursor = Uri.EscapeDataString(page!["nextCursor"]!.GetValue<string>());

        using var own = await a.Tenant.Deployment.GetAsync($"/v1/apps?cursor={cursor}", Token);
        using var foreign = await b.Tenant.Deployment.GetAsync($"/v1/apps?cursor={cursor}", Token);

        own.StatusCode.Should().Be(HttpStatusCode.OK);
        await foreign.ShouldRefuseAsync(HttpStatusCode.BadRequest, "validation_failed", Token);
    }

    [Theory]
    [InlineData("role")]
    [InlineData("role in capitals")]
    [InlineData("role and External ID")]
    [InlineData("External ID")]
    [InlineData("reserved External ID")]
    public async Task What_another_organization_holds_looks_like_a_role_that_refuses(string what)
    {
        var a = await MakeAsync();
        var b = await MakeAsync();
        var reserved = await a.Tenant.NewExternalIdAsync(Token);
        var (role, externalId) = what switch
        {
            "role" => (a.RoleArn, await b.Tenant.NewExternalIdAsync(Token)),
            "role in capitals" => (
                a.RoleArn.Replace("role/Demo", "role/DEMO", StringComparison.Ordinal),
                await b.Tenant.NewExternalIdAsync(Token)
            ),
            "role and External ID" => (a.RoleArn, a.ExternalId),
            "External ID" => (Tenant.NewRoleArn(), a.ExternalId),
            _ => (Tenant.NewRoleArn(), reserved),
        };

        using var response = await RegisterAsync();

        response.StatusCode.Should().Be(HttpStatusCode.Created);
        var text = await response.Content.ReadAsStringAsync(Token);
        text.Should()
            .NotContain(a.Tenant.OrganizationId)
            .And.NotContain(a.AppId)
            .And.NotContain(a.ExternalId)
            .And.NotContain(reserved);
        var app = JsonNode.Parse(text)!;
        app["verification"]!["status"]!.GetValue<string>().Should().Be("pending");
        await AllIsWellAsync(a);
        foreach (var (method, format) in Formats)
        {
            using var request = new HttpRequestMessage(
                method,
                $"{b.Tenant.Root}/apps/{app["appId"]}/credentials{format}"
            );
            using var credentials = await b.Tenant.Owner.SendAsync(request, Token);
            await credentials.ShouldRefuseAsync(HttpStatusCode.Conflict, "app_not_verified", Token);
        }

        // Nor does giving it up free what is the other one's.
        using var deletion = await b.Tenant.Deployment.DeleteAsync(
            $"/v1/apps/{app["appId"]}",
            Token
        );
        deletion.StatusCode.Should().Be(HttpStatusCode.NoContent);
        await AllIsWellAsync(a);
        using var again = await RegisterAsync();
        (await again.Content.ReadFromJsonAsync<JsonObject>(Token))!["verification"]!["status"]!
            .GetValue<string>()
            .Should()
            .Be("pending");

        // The role trusts whoever registers it: nothing but what A holds is in the way.
        async Task<HttpResponseMessage> RegisterAsync()
        {
            var body = await b.Tenant.DeployAsync(Token, role, externalId);
            var answer = await b.Tenant.Deployment.PostAsJsonAsync("/v1/apps", body, Token);
            await a.Tenant.DeployAsync(Token, a.RoleArn, a.ExternalId);
            return answer;
        }
    }

    [Fact]
    public async Task A_replacement_does_not_get_at_anothers_role_either()
    {
        var a = await MakeAsync();
        var b = await MakeAsync();

        using var response = await b.Tenant.Deployment.PutAsJsonAsync(
            $"/v1/apps/{b.AppId}",
            Tenant.Registration(a.RoleArn, a.ExternalId),
            Token
        );

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var app = await response.Content.ReadFromJsonAsync<JsonObject>(Token);
        app!["executionRoleArn"]!.GetValue<string>().Should().Be(b.RoleArn);
        app["pendingReplacement"]!["verification"]!["status"]!
            .GetValue<string>()
            .Should()
            .Be("pending");
        await AllIsWellAsync(a);
        await AllIsWellAsync(b);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA.")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA%20")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA%0A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA%23")]
    [InlineData("%C3%84AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAA%2FAAAAAAAAAA")]
    [InlineData("..%2F..%2Forganizations")]
    public async Task What_is_no_id_names_nothing(string id)
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        foreach (var name in Cases.Keys.Where(n => Cases[n] == HttpStatusCode.NotFound))
        {
            var route = Route.All(ControlPlane).Single(r => r.Name == name);
            foreach (var parameter in route.Parameters)
            {
                var ids = new Dictionary<string, string>
                {
                    ["organizationId"] = tenant.OrganizationId,
                    [parameter] = id,
                };
                using var response = await route.SendAsync(
                    name.Contains(" /v1/apps", StringComparison.Ordinal)
                        ? tenant.Deployment
                        : tenant.Owner,
                    Token,
                    ids,
                    route.GoodBody
                );
                await response.ShouldRefuseAsync(HttpStatusCode.NotFound, "not_found", Token, name);
            }
        }
    }

    private static readonly (HttpMethod Method, string Format)[] Formats =
    [
        (HttpMethod.Post, ""),
        (HttpMethod.Get, "/process"),
        (HttpMethod.Get, "/container"),
    ];

    private static string[] Choices(string foreign, string own) => [foreign, own, Route.NoId];

    private static async Task<string> AnswerAsync(
        Route route,
        HttpClient client,
        HttpStatusCode status,
        Dictionary<string, string> ids
    )
    {
        using var response = await route.SendAsync(client, Token, ids, route.GoodBody);
        response.StatusCode.Should().Be(status, route.Name);
        var headers = response
            .Headers.Concat(response.Content.Headers)
            .Where(h => h.Key is not ("Date" or "Content-Length"))
            .Select(h => $"{h.Key}: {string.Join(", ", h.Value)}");
        var body =
            status == HttpStatusCode.NoContent
                ? await response.Content.ReadAsStringAsync(Token)
                : await response.WithoutTraceAsync(Token);
        return $"{(int)response.StatusCode}\n{string.Join('\n', headers.Order())}\n{body}";
    }

    private async Task<Standing> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var app = await tenant.RegisterAsync(Token, role, externalId);
        var keys = await tenant.Owner.GetFromJsonAsync<JsonObject>(
            $"{tenant.Root}/api-keys",
            Token
        );
        return new Standing(
            tenant,
            app["appId"]!.GetValue<string>(),
            keys!["items"]![0]!["keyId"]!.GetValue<string>(),
            keys["items"]![0]!["createdBy"]!.GetValue<string>(),
            await tenant.MakeGroupAsync("Support", ["support"], Token),
            (
                await Tenant.PostAsync(
                    tenant.Owner,
                    $"{tenant.Root}/invitations",
                    new { email = $"{Guid.NewGuid():N}@example.com" },
                    Token
                )
            )["invitationId"]!.GetValue<string>(),
            role,
            externalId
        );
    }

    /// <summary>The organization's app, key and role do what they did before.</summary>
    private static async Task AllIsWellAsync(Standing standing)
    {
        var apps = await standing.Tenant.Deployment.GetFromJsonAsync<JsonObject>("/v1/apps", Token);
        var app = apps!["items"]!.AsArray().Should().ContainSingle().Subject!;
        app["appId"]!.GetValue<string>().Should().Be(standing.AppId);
        app["executionRoleArn"]!.GetValue<string>().Should().Be(standing.RoleArn);
        app["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        foreach (var (method, format) in Formats)
        {
            using var request = new HttpRequestMessage(
                method,
                $"{standing.Tenant.Root}/apps/{standing.AppId}/credentials{format}"
            );
            using var response = await standing.Tenant.Owner.SendAsync(request, Token);
            response
                .StatusCode.Should()
                .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        }
    }

    private sealed record Standing(
        Tenant Tenant,
        string AppId,
        string KeyId,
        string UserId,
        string GroupId,
        string InvitationId,
        string RoleArn,
        string ExternalId
    )
    {
        public Dictionary<string, string> Ids { get; } =
            new()
            {
                ["organizationId"] = Tenant.OrganizationId,
                ["appId"] = AppId,
                ["keyId"] = KeyId,
                ["userId"] = UserId,
                ["groupId"] = GroupId,
                ["invitationId"] = InvitationId,
            };
    }
}
