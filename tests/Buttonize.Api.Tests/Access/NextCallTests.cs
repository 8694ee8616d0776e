namespace Buttonize.Api.Tests.Access;

/// <summary>What is taken away is gone at the very next call, through a second instance as well, whose memory is warm.</summary>
public sealed class NextCallTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("removed", 404)]
    [InlineData("suspended", 403)]
    [InlineData("assigned to nothing", 404)]
    [InlineData("group's tags changed", 404)]
    [InlineData("group deleted", 404)]
    [InlineData("app suspended", 409)]
    public async Task The_main_call_is_refused(string what, int status)
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        for (var round = 0; round < 3; round++)
        {
            var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
            var app = await tenant.RegisterAsync(
                Token,
                change: b => b["tags"] = new System.Text.Json.Nodes.JsonArray("red")
            );
            var group = await tenant.MakeGroupAsync("Red", ["red"], Token);
            var member = await JoinedMember.JoinAsync(tenant, [group], Token);
            var there = second.WithToken(
                member.Client.DefaultRequestHeaders.Authorization!.Parameter!
            );
            var path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
            (await member.Client.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
            (await there.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);

            (
                what switch
                {
                    "removed" => await tenant.Owner.CallAsync(
                        HttpMethod.Delete,
                        $"{tenant.Root}/members/{member.UserId}",
                        null,
                        Token
                    ),
                    "suspended" => await tenant.Owner.CallAsync(
                        HttpMethod.Put,
                        $"{tenant.Root}/members/{member.UserId}/suspension",
                        new { reason = "because" },
                        Token
                    ),
                    "assigned to nothing" => await tenant.Owner.CallAsync(
                        HttpMethod.Put,
                        $"{tenant.Root}/members/{member.UserId}",
                        new { groups = Array.Empty<string>() },
                        Token
                    ),
                    "group's tags changed" => await tenant.Owner.CallAsync(
                        HttpMethod.Put,
                        $"{tenant.Root}/groups/{group}",
                        new { name = "Red", appTags = new[] { "blue" } },
                        Token
                    ),
                    "group deleted" => await tenant.Owner.CallAsync(
                        HttpMethod.Delete,
                        $"{tenant.Root}/groups/{group}",
                        null,
                        Token
                    ),
                    _ => await tenant.Owner.CallAsync(
                        HttpMethod.Put,
                        $"{tenant.Root}/apps/{app["appId"]}/suspension",
                        new { reason = "because" },
                        Token
                    ),
                }
            )
                .Status.Should()
                .BeOneOf(200, 204);

            (await there.CallAsync(HttpMethod.Post, path, null, Token)).Is(status);
            (await member.Client.CallAsync(HttpMethod.Post, path, null, Token)).Is(status);
        }
    }

    [Fact]
    public async Task A_permission_that_a_group_lost_is_refused()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var group = await tenant.MakeGroupAsync("Keys", [], Token, "manageApiKeys");
        var member = await JoinedMember.JoinAsync(tenant, [group], Token);
        var there = second.WithToken(member.Client.DefaultRequestHeaders.Authorization!.Parameter!);
        for (var round = 0; round < 5; round++)
        {
            (await there.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/groups/{group}",
                    new { name = "Keys" },
                    Token
                )
            ).Is(200);
            (await there.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
                403,
                "forbidden"
            );
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{tenant.Root}/groups/{group}",
                    new { name = "Keys", permissions = new { manageApiKeys = true } },
                    Token
                )
            ).Is(200);
        }
    }

    [Fact]
    public async Task A_deleted_API_key_is_dead()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var there = second.WithToken(
            tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!
        );
        (await there.GetAnswerAsync("/v1/apps", Token)).Is(200);
        var keys = await tenant.Owner.GetAnswerAsync($"{tenant.Root}/api-keys", Token);
        var id = keys.Json["items"]![0]!["keyId"]!.GetValue<string>();

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/api-keys/{id}",
                null,
                Token
            )
        ).Is(204);

        (await there.GetAnswerAsync("/v1/apps", Token)).IsProblem(401, "unauthenticated");
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(
            401,
            "unauthenticated"
        );
    }

    [Fact]
    public async Task An_owner_who_gave_the_organization_away_is_a_member_like_others()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var there = second.WithToken(tenant.Owner.DefaultRequestHeaders.Authorization!.Parameter!);
        (await there.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/ownership-transfer",
                new { userId = member.UserId },
                Token
            )
        ).Is(200);

        (await there.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(403, "forbidden");
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);
    }
}
