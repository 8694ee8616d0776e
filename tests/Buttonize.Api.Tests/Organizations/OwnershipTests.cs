using Buttonize.Api.Tests.Access;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>An organization has one owner, who is always there: they can only go after they made somebody else the owner.</summary>
public sealed class OwnershipTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_new_owner_may_do_everything_and_the_old_one_nothing_more()
    {
        var (tenant, owner, member) = await MakeAsync();
        var app = (string)(await tenant.RegisterAsync(Token))["appId"]!;

        var answer = (await TransferAsync(tenant.Owner, tenant, member.UserId)).Is(200);

        answer["ownerId"].Should().Be(member.UserId);
        answer["organizationId"].Should().Be(tenant.OrganizationId);
        foreach (var client in (HttpClient[])[tenant.Owner, member.Client])
        {
            var read = (await client.GetAnswerAsync(tenant.Root, Token)).Is(200);
            read.Text.Should().Be(answer.Text);
            read.ETag.Should().Be(answer.ETag);
        }

        (await MayAsync(member.Client, tenant, app)).Should().AllSatisfy(a => a.Is(200));
        (await MayAsync(tenant.Owner, tenant, app))
            .Should()
            .AllSatisfy(a => a.Status.Should().BeOneOf(403, 404));
        (await TransferAsync(tenant.Owner, tenant, owner)).IsProblem(403, "forbidden");
        (await member.Client.ListAsync($"{tenant.Root}/members", Token))
            .Texts("userId")
            .Should()
            .BeEquivalentTo(owner, member.UserId);

        // And back.
        (await TransferAsync(member.Client, tenant, owner))
            .Is(200)["ownerId"]
            .Should()
            .Be(owner);
        (await MayAsync(tenant.Owner, tenant, app)).Should().AllSatisfy(a => a.Is(200));
    }

    [Fact]
    public async Task The_old_owner_keeps_what_their_groups_give()
    {
        var (tenant, owner, member) = await MakeAsync();
        var app = (string)(await tenant.RegisterAsync(Token))["appId"]!;
        var groups = new[] { await tenant.GroupIdAsync("Admins", Token) };
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{owner}",
                new { groups },
                Token
            )
        ).Is(200);

        (await TransferAsync(tenant.Owner, tenant, member.UserId)).Is(200);

        var may = await MayAsync(tenant.Owner, tenant, app);
        may[0].IsProblem(403, "forbidden");
        may[1..].Should().AllSatisfy(a => a.Is(200));
    }

    [Fact]
    public async Task Only_a_member_who_may_act_can_become_the_owner()
    {
        var (tenant, owner, member) = await MakeAsync();
        var outsider = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        (await SuspendAsync(tenant.Owner, tenant, member.UserId)).Is(200);
        var before = await shared.Table.SnapshotAsync(Token);

        foreach (var id in (string[])[outsider.UserId, member.UserId, Route.NoId, "no id", ""])
        {
            (await TransferAsync(tenant.Owner, tenant, id)).IsProblem(
                400,
                "validation_failed",
                "userId"
            );
        }

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/ownership-transfer",
                null,
                Token
            )
        ).IsProblem(400, "validation_failed", "userId");
        var same = (await TransferAsync(tenant.Owner, tenant, owner)).Is(200);

        same["ownerId"].Should().Be(owner);
        (await shared.Table.SnapshotAsync(Token)).Should().Equal(before);
    }

    [Fact]
    public async Task Nobody_else_makes_owners()
    {
        var (tenant, owner, _) = await MakeAsync();
        var admin = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );

        foreach (var id in (string[])[admin.UserId, owner, Route.NoId])
        {
            (await TransferAsync(admin.Client, tenant, id)).IsProblem(403, "forbidden");
        }

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token))["ownerId"].Should().Be(owner);
    }

    [Fact]
    public async Task The_owner_stays_until_somebody_else_is_it()
    {
        var (tenant, owner, member) = await MakeAsync();
        var admin = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );

        foreach (var client in (HttpClient[])[tenant.Owner, admin.Client])
        {
            foreach (
                var answer in new[]
                {
                    await RemoveAsync(client, tenant, owner),
                    await SuspendAsync(client, tenant, owner),
                }
            )
            {
                answer.IsProblem(403, "forbidden")["detail"].Should().Contain("owner");
            }
        }

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (await TransferAsync(tenant.Owner, tenant, member.UserId)).Is(200);
        (await SuspendAsync(admin.Client, tenant, owner)).Is(200);
        (await RemoveAsync(admin.Client, tenant, owner)).Is(204);
        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        (await RemoveAsync(member.Client, tenant, member.UserId)).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task A_transfer_of_an_organization_that_changed_meanwhile_is_refused()
    {
        var (tenant, owner, member) = await MakeAsync();
        var read = (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Patch,
                tenant.Root,
                new { name = "Renamed" },
                Token
            )
        ).Is(200);

        (
            await TransferAsync(tenant.Owner, tenant, member.UserId, ("If-Match", read.ETag))
        ).IsProblem(412, "version_mismatch");

        var now = (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
        now["ownerId"].Should().Be(owner);
        (await TransferAsync(tenant.Owner, tenant, member.UserId, ("If-Match", now.ETag))).Is(200);
    }

    /// <summary>What only the owner may, then what each permission is for, and the app.</summary>
    private static async Task<ApiAnswer[]> MayAsync(HttpClient client, Tenant tenant, string app) =>
        [
            await client.CallAsync(HttpMethod.Patch, tenant.Root, new { name = "Example" }, Token),
            await client.GetAnswerAsync($"{tenant.Root}/api-keys", Token),
            await client.GetAnswerAsync($"{tenant.Root}/invitations", Token),
            await client.GetAnswerAsync($"{tenant.Root}/apps/{app}", Token),
            await client.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{app}/credentials",
                new { localDevelopment = true },
                Token
            ),
        ];

    private async Task<(Tenant Tenant, string Owner, JoinedMember Member)> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        return (tenant, owner, await JoinedMember.JoinAsync(tenant, Token));
    }

    private static Task<ApiAnswer> TransferAsync(
        HttpClient client,
        Tenant tenant,
        string userId,
        params (string, string)[] headers
    ) =>
        client.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/ownership-transfer",
            new { userId },
            Token,
            headers
        );

    private static Task<ApiAnswer> RemoveAsync(HttpClient client, Tenant tenant, string userId) =>
        client.CallAsync(HttpMethod.Delete, $"{tenant.Root}/members/{userId}", null, Token);

    private static Task<ApiAnswer> SuspendAsync(HttpClient client, Tenant tenant, string userId) =>
        client.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/members/{userId}/suspension",
            new { reason = "Left the company" },
            Token
        );
}
