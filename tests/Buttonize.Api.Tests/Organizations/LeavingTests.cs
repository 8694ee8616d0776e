namespace Buttonize.Api.Tests.Organizations;

/// <summary>Members who are removed or leave are gone at the next call, and come back as if they had never been there.</summary>
public sealed class LeavingTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_removed_or_leaves_is_gone_everywhere(bool leaves)
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = (string)(await tenant.RegisterAsync(Token))["appId"]!;
        var member = await JoinAsync(tenant);
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        HttpClient[] clients =
        [
            member.Client,
            second.WithToken(member.Client.DefaultRequestHeaders.Authorization!.Parameter!),
        ];
        string[] routes =
        [
            tenant.Root,
            $"{tenant.Root}/members",
            $"{tenant.Root}/members/{member.UserId}",
            $"{tenant.Root}/groups",
            $"{tenant.Root}/apps",
            $"{tenant.Root}/apps/{app}",
            $"{tenant.Root}/apps/{app}/credentials/process",
            $"{tenant.Root}/api-keys",
            $"{tenant.Root}/invitations",
        ];
        foreach (var client in clients)
        {
            foreach (var route in routes)
            {
                (await client.GetAnswerAsync(route, Token)).Is(200);
            }
        }

        (await RemoveAsync(leaves ? member.Client : tenant.Owner, tenant, member)).Is(204);

        foreach (var client in clients)
        {
            foreach (var route in routes)
            {
                (await client.GetAnswerAsync(route, Token)).IsProblem(404, "not_found");
            }

            foreach (var mine in (string[])["/v1/me", "/v1/organizations"])
            {
                (await client.GetAnswerAsync(mine, Token))
                    .Is(200)
                    .Text.Should()
                    .NotContain(tenant.OrganizationId);
            }
        }

        (
            await tenant.Owner.GetAnswerAsync(tenant.Root + $"/members/{member.UserId}", Token)
        ).IsProblem(404, "not_found");
        (await tenant.Owner.ListAsync($"{tenant.Root}/members", Token)).Should().HaveCount(1);
        (await StoredAsync(tenant, member)).Should().BeEmpty();
        (await RemoveAsync(tenant.Owner, tenant, member)).IsProblem(404, "not_found");
        (await RemoveAsync(member.Client, tenant, member)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task Who_comes_back_has_no_old_groups_and_no_old_suspension()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinAsync(tenant);
        var path = $"{tenant.Root}/members/{member.UserId}";
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{path}/suspension",
                new { reason = "Laptop stolen" },
                Token
            )
        ).Is(200);
        (await RemoveAsync(tenant.Owner, tenant, member)).Is(204);

        await JoinedMember.JoinAsync(tenant, Token, member.Subject);

        (await member.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
        var back = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200);
        back.Json.Texts("groups").Should().BeEmpty();
        back.Json["suspension"].Should().BeNull();
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );
        (await member.Client.GetAnswerAsync("/v1/me", Token))
            .Text.Should()
            .Contain(tenant.OrganizationId);
    }

    [Fact]
    public async Task Leaving_takes_no_permission_and_removing_others_does()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var other = await JoinedMember.JoinAsync(tenant, Token);

        (await RemoveAsync(member.Client, tenant, other))
            .IsProblem(403, "forbidden")["detail"]
            .Should()
            .Contain("'manageMembers'");

        (await other.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (await RemoveAsync(member.Client, tenant, member)).Is(204);
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task Leaving_one_organization_leaves_the_others()
    {
        var (a, b) = (
            await Tenant.CreateAsync(shared.ControlPlane, Token),
            await Tenant.CreateAsync(shared.ControlPlane, Token)
        );
        var member = await JoinedMember.JoinAsync(a, Token);
        await JoinedMember.JoinAsync(b, Token, member.Subject);

        (await RemoveAsync(member.Client, a, member)).Is(204);

        (await member.Client.GetAnswerAsync(a.Root, Token)).IsProblem(404, "not_found");
        (await member.Client.GetAnswerAsync(b.Root, Token)).Is(200);
        (await member.Client.ListAsync("/v1/organizations", Token))
            .Texts("organizationId")
            .Should()
            .Equal(b.OrganizationId);
    }

    /// <summary>A member who is removed, leaves, is suspended and gets groups, all at once, is afterwards either wholly there or wholly gone.</summary>
    [Fact]
    public async Task Removing_leaving_suspending_and_assigning_at_once_leave_nothing_half_done()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var users = await tenant.GroupIdAsync("Users", Token);
        for (var round = 0; round < 20; round++)
        {
            var member = await JoinedMember.JoinAsync(tenant, Token);
            var path = $"{tenant.Root}/members/{member.UserId}";

            var answers = await Task.WhenAll(
                RemoveAsync(tenant.Owner, tenant, member),
                RemoveAsync(member.Client, tenant, member),
                tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    path,
                    new { groups = new[] { users } },
                    Token
                ),
                tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{path}/suspension",
                    new { reason = "Left" },
                    Token
                )
            );

            // Who was suspended first cannot leave any more; but the owner's removal stands.
            answers[..2].Count(a => a.Status == 204).Should().Be(1);
            answers.Should().AllSatisfy(a => a.Status.Should().BeOneOf(200, 204, 403, 404));
            (await StoredAsync(tenant, member)).Should().BeEmpty();
            (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        }
    }

    private static async Task<JoinedMember> JoinAsync(Tenant tenant) =>
        await JoinedMember.JoinAsync(tenant, [await tenant.GroupIdAsync("Admins", Token)], Token);

    private static Task<ApiAnswer> RemoveAsync(
        HttpClient client,
        Tenant tenant,
        JoinedMember member
    ) => client.CallAsync(HttpMethod.Delete, $"{tenant.Root}/members/{member.UserId}", null, Token);

    /// <summary>Both sides of a membership.</summary>
    private async Task<IReadOnlyList<string>> StoredAsync(Tenant tenant, JoinedMember member) =>
        [
            .. (
                await shared.Table.FindAsync(
                    $"ORGANIZATION#{tenant.OrganizationId}",
                    Token,
                    $"MEMBER#{member.UserId}"
                )
            ).Select(i => i["sk"].S),
            .. (await shared.Table.FindAsync($"USER#{member.UserId}", Token, "MEMBERSHIP#")).Select(
                i => i["sk"].S
            ),
        ];
}
