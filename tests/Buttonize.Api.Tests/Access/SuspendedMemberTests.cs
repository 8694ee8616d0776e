using System.Net;

namespace Buttonize.Api.Tests.Access;

/// <summary>What a suspended member gets, on every route there is, found by asking the program.</summary>
public sealed class SuspendedMemberTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private const string Reason = "Laptop stolen";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IReadOnlyList<Route> OrganizationRoutes =>
        [
            .. Route
                .All(shared.ControlPlane)
                .Where(r =>
                    r.Pattern.StartsWith(
                        "/v1/organizations/{organizationId:id}",
                        StringComparison.Ordinal
                    )
                ),
        ];

    [Fact]
    public async Task Every_route_of_the_organization_refuses_a_suspended_member_whatever_it_is_about()
    {
        var (tenant, member) = await MakeAsync();
        var routes = OrganizationRoutes;
        routes.Should().HaveCountGreaterThan(12);
        var whole = await IdsAsync(tenant);
        var onlyTheOrganization = new Dictionary<string, string>
        {
            ["organizationId"] = tenant.OrganizationId,
        };

        // So that the refusals below are for the suspension: until then, each route gets as far as to decide about the member.
        foreach (var route in routes)
        {
            using var response = await route.SendAsync(member.Client, Token, whole, route.GoodBody);
            if (!response.IsSuccessStatusCode)
            {
                var answer = await response.Content.ReadAsStringAsync(Token);
                answer
                    .Should()
                    .ContainAny("\"forbidden\"", "\"not_found\"")
                    .And.NotContain("member_suspended");
            }
        }

        await SuspendAsync(tenant, member);

        foreach (var route in routes)
        {
            foreach (var ids in (Dictionary<string, string>[])[whole, onlyTheOrganization])
            {
                using var response = await route.SendAsync(
                    member.Client,
                    Token,
                    ids,
                    route.GoodBody
                );
                var problem = await response.ShouldRefuseAsync(
                    HttpStatusCode.Forbidden,
                    "member_suspended",
                    Token,
                    route.Name
                );
                problem["detail"]!.GetValue<string>().Should().Contain(Reason, route.Name);
            }
        }

        (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/apps/{whole["appId"]}", Token)).Is(200);
    }

    [Fact]
    public async Task Outside_the_organization_a_suspended_member_is_like_anybody()
    {
        var (tenant, member) = await MakeAsync();
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        await SuspendAsync(tenant, member);

        foreach (var path in (string[])["/v1/me", "/v1/organizations"])
        {
            (await member.Client.GetAnswerAsync(path, Token))
                .Is(200)
                .Text.Should()
                .Contain(tenant.OrganizationId);
        }

        (await member.Client.GetAnswerAsync(other.Root, Token)).IsProblem(404, "not_found");
        var own = await Tenant.PostAsync(
            member.Client,
            "/v1/organizations",
            new { name = "Own" },
            Token
        );
        (
            await member.Client.GetAnswerAsync(
                $"/v1/organizations/{own["organizationId"]}/api-keys",
                Token
            )
        ).Is(200);
    }

    [Fact]
    public async Task A_suspension_in_one_organization_is_none_in_another()
    {
        var (tenant, member) = await MakeAsync();
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var joined = await JoinedMember.JoinAsync(other, Token, member.Subject);
        joined.UserId.Should().Be(member.UserId);
        await SuspendAsync(tenant, member);

        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");
        (await member.Client.GetAnswerAsync(other.Root, Token)).Is(200);
    }

    [Fact]
    public async Task On_every_instance_a_suspension_counts_from_the_next_call_on_and_so_does_lifting_it()
    {
        var (tenant, member) = await MakeAsync();
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var there = second.WithToken(shared.ControlPlane.Provider.Token(member.Subject));
        for (var round = 0; round < 5; round++)
        {
            (await there.GetAnswerAsync(tenant.Root, Token)).Is(200);

            await SuspendAsync(tenant, member);
            (await there.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");

            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Delete,
                    $"{tenant.Root}/members/{member.UserId}/suspension",
                    null,
                    Token
                )
            ).Is(204);
        }

        (await there.GetAnswerAsync(tenant.Root, Token)).Is(200);
    }

    [Fact]
    public async Task Refused_credentials_are_counted_and_not_to_be_kept()
    {
        await using var controlPlane = ControlPlane.Start(services);
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var credentials = $"{tenant.Root}/apps/{Route.NoId}/credentials";
        await SuspendAsync(tenant, member);

        foreach (
            var answer in new[]
            {
                await member.Client.CallAsync(HttpMethod.Post, credentials, null, Token),
                await member.Client.GetAnswerAsync($"{credentials}/process", Token),
                await member.Client.GetAnswerAsync($"{credentials}/container", Token),
            }
        )
        {
            answer.IsProblem(403, "member_suspended");
            answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        }

        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetStringAsync("/metrics", Token),
            metrics =>
                System.Text.RegularExpressions.Regex.IsMatch(
                    metrics,
                    """buttonize_credentials_total\{[^}]*outcome="member_suspended"[^}]*\} 3\b"""
                ),
            TimeSpan.FromSeconds(20),
            Token
        );
    }

    private async Task<(Tenant Tenant, JoinedMember Member)> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        return (tenant, await JoinedMember.JoinAsync(tenant, Token));
    }

    private static async Task SuspendAsync(Tenant tenant, JoinedMember member) =>
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}/suspension",
                new { reason = Reason },
                Token
            )
        ).Is(200);

    /// <summary>What there is in the organization, the member themselves included.</summary>
    private static async Task<Dictionary<string, string>> IdsAsync(Tenant tenant)
    {
        var other = await JoinedMember.JoinAsync(tenant, Token);
        var keys = (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);
        var app = await tenant.RegisterAsync(Token);
        return new Dictionary<string, string>
        {
            ["organizationId"] = tenant.OrganizationId,
            // Somebody else: the member may leave, and would then be an outsider.
            ["userId"] = other.UserId,
            ["groupId"] = await tenant.GroupIdAsync("Users", Token),
            ["invitationId"] = Route.NoId,
            ["appId"] = app["appId"]!.GetValue<string>(),
            ["keyId"] = keys.Json["items"]![0]!["keyId"]!.GetValue<string>(),
        };
    }
}
