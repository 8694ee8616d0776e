namespace Buttonize.Api.Tests.Organizations;

/// <summary>What groups give their members, alone and together, and what stays when one is gone.</summary>
public sealed class GroupRightsTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apps_of_several_groups_add_up()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var support = await RegisterAsync(tenant, "support", "eu");
        var billing = await RegisterAsync(tenant, "billing");
        var upper = await RegisterAsync(tenant, "Support");
        var untagged = await RegisterAsync(tenant);
        string[] all = [support, billing, upper, untagged];
        var bySupport = await tenant.MakeGroupAsync("A", ["support", "unused"], Token);
        var byBilling = await tenant.MakeGroupAsync("B", ["billing"], Token);
        var byEu = await tenant.MakeGroupAsync("C", ["eu"], Token);
        var none = await tenant.MakeGroupAsync("D", [], Token);
        var users = await tenant.GroupIdAsync("Users", Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);

        foreach (
            var (groups, usable) in new (string[], string[])[]
            {
                ([], []),
                ([none], []),
                ([bySupport], [support]),
                ([byEu], [support]),
                ([bySupport, byEu], [support]),
                ([bySupport, byBilling, none], [support, billing]),
                ([users], all),
                ([bySupport, users], all),
            }
        )
        {
            await AssignAsync(tenant, member, groups);

            (await member.Client.ListAsync($"{tenant.Root}/apps", Token))
                .Texts("appId")
                .Should()
                .BeEquivalentTo(usable);
            foreach (var app in all)
            {
                (await member.Client.GetAnswerAsync($"{tenant.Root}/apps/{app}", Token)).Is(
                    usable.Contains(app) ? 200 : 404
                );
            }
        }
    }

    [Fact]
    public async Task Permissions_of_several_groups_add_up()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var keys = await tenant.MakeGroupAsync("A", [], Token, "manageApiKeys");
        var members = await tenant.MakeGroupAsync("B", [], Token, "manageMembers");
        var member = await JoinedMember.JoinAsync(tenant, Token);

        foreach (
            var groups in new string[][] { [], [keys], [members], [keys, members], [members], [] }
        )
        {
            await AssignAsync(tenant, member, groups);

            await IsGivenAsync("api-keys", "manageApiKeys", groups.Contains(keys));
            await IsGivenAsync("invitations", "manageMembers", groups.Contains(members));
        }

        async Task IsGivenAsync(string list, string permission, bool given)
        {
            var answer = await member.Client.GetAnswerAsync($"{tenant.Root}/{list}", Token);
            if (given)
            {
                answer.Is(200);
            }
            else
            {
                answer.IsProblem(403, "forbidden")["detail"].Should().Contain($"'{permission}'");
            }
        }
    }

    [Fact]
    public async Task What_a_deleted_group_gave_is_gone_from_its_members()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await RegisterAsync(tenant, "support");
        var deleted = await tenant.MakeGroupAsync("A", ["support"], Token, "manageApiKeys");
        var kept = await tenant.MakeGroupAsync("B", [], Token, "manageMembers");
        var member = await JoinedMember.JoinAsync(tenant, [deleted, kept], Token);
        (await member.Client.GetAnswerAsync($"{tenant.Root}/apps/{app}", Token)).Is(200);
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/groups/{deleted}",
                null,
                Token
            )
        ).Is(204);

        (await member.Client.GetAnswerAsync($"{tenant.Root}/apps/{app}", Token)).IsProblem(
            404,
            "not_found"
        );
        (await member.Client.ListAsync($"{tenant.Root}/apps", Token)).Should().BeEmpty();
        (await member.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );
        (await member.Client.GetAnswerAsync($"{tenant.Root}/invitations", Token)).Is(200);
        var path = $"{tenant.Root}/members/{member.UserId}";
        (await tenant.Owner.GetAnswerAsync(path, Token))
            .Is(200)
            .Json.Texts("groups")
            .Should()
            .Equal(kept);
        (await tenant.Owner.ListAsync($"{tenant.Root}/members", Token))
            .Single(m => (string)m["userId"]! == member.UserId)
            .Texts("groups")
            .Should()
            .Equal(kept);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                path,
                new { groups = new[] { kept, deleted } },
                Token
            )
        ).IsProblem(400, "validation_failed", "groups");
        await AssignAsync(tenant, member, [kept]);
    }

    [Fact]
    public async Task A_group_of_a_deleted_ones_name_gives_its_members_nothing()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await RegisterAsync(tenant, "support");
        var old = await tenant.MakeGroupAsync("Support", ["support"], Token);
        var member = await JoinedMember.JoinAsync(tenant, [old], Token);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/groups/{old}",
                null,
                Token
            )
        ).Is(204);

        var anew = await tenant.MakeGroupAsync("Support", ["support"], Token);

        anew.Should().NotBe(old);
        (await member.Client.GetAnswerAsync($"{tenant.Root}/apps/{app}", Token)).IsProblem(
            404,
            "not_found"
        );
    }

    private static async Task<string> RegisterAsync(Tenant tenant, params string[] tags) =>
        (string)
            (
                await tenant.RegisterAsync(
                    Token,
                    change: body => body["tags"] = new System.Text.Json.Nodes.JsonArray([.. tags])
                )
            )["appId"]!;

    private static async Task AssignAsync(Tenant tenant, JoinedMember member, string[] groups) =>
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}",
                new { groups },
                Token
            )
        )
            .Is(200)
            .Json.Texts("groups")
            .Should()
            .BeEquivalentTo(groups);
}
