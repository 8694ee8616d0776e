using System.Globalization;
using Buttonize.Api.Tests.Access;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>Invitations from the one who makes them to the one who takes them up, or does not.</summary>
public sealed class InvitationTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_invited_sees_it_takes_it_and_is_a_member()
    {
        var (tenant, invited) = await MakeAsync();
        var group = await tenant.MakeGroupAsync("Support", [], Token, "manageApiKeys");
        var before = TimeProvider.System.GetUtcNow();

        var made = (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/invitations",
                new { email = invited.Email, groups = new[] { group } },
                Token
            )
        ).Is(201);

        made.Json.Members().Should().BeEquivalentTo("invitationId", "email", "groups", "expiresAt");
        made["email"].Should().Be(invited.Email);
        made.Json.Texts("groups").Should().Equal(group);
        DateTimeOffset
            .Parse(made["expiresAt"], CultureInfo.InvariantCulture)
            .Should()
            .BeCloseTo(before.AddDays(7), TimeSpan.FromMinutes(1));
        (await tenant.MadeAsync()).Single().ToJsonString().Should().Be(made.Json.ToJsonString());
        var received = (await invited.Client.ReceivedAsync()).Single();
        received
            .Members()
            .Should()
            .BeEquivalentTo(
                "invitationId",
                "organizationId",
                "organizationName",
                "email",
                "groups",
                "expiresAt"
            );
        ((string)received["invitationId"]!).Should().Be(made["invitationId"]);
        ((string)received["organizationId"]!).Should().Be(tenant.OrganizationId);
        ((string)received["organizationName"]!).Should().Be("Example");
        ((string)received["expiresAt"]!).Should().Be(made["expiresAt"]);
        (await invited.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");

        var joined = (await invited.Client.AcceptAsync(made["invitationId"])).Is(200);

        joined["organizationId"].Should().Be(tenant.OrganizationId);
        joined["name"].Should().Be("Example");
        (await tenant.GroupsOfAsync(invited)).Should().Equal(group);
        (await invited.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).Is(200);
        (await invited.Client.ListAsync("/v1/organizations", Token))
            .Texts("organizationId")
            .Should()
            .Equal(tenant.OrganizationId);
        await IsGoneAsync(tenant, invited, made["invitationId"]);
    }

    [Fact]
    public async Task Groups_can_be_left_out()
    {
        var (tenant, invited) = await MakeAsync();
        var made = (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/invitations",
                new { email = invited.Email },
                Token
            )
        ).Is(201);

        (await invited.Client.AcceptAsync(made["invitationId"])).Is(200);

        (await tenant.GroupsOfAsync(invited)).Should().BeEmpty();
    }

    [Fact]
    public async Task Groups_of_several_invitations_add_up()
    {
        var (tenant, invited) = await MakeAsync();
        var (a, b, c) = (
            await tenant.MakeGroupAsync("A", [], Token),
            await tenant.MakeGroupAsync("B", [], Token),
            await tenant.MakeGroupAsync("C", [], Token)
        );
        string[] invitations =
        [
            await tenant.InviteAsync(invited.Email, a, b),
            await tenant.InviteAsync(invited.Email, b, c),
            await tenant.InviteAsync(invited.Email),
        ];
        (await invited.Client.ReceivedAsync())
            .Texts("invitationId")
            .Should()
            .BeEquivalentTo(invitations);

        (await invited.Client.AcceptAsync(invitations[0])).Is(200);
        (await tenant.GroupsOfAsync(invited)).Should().BeEquivalentTo(a, b);
        (await invited.Client.ReceivedAsync()).Should().HaveCount(2);
        (await invited.Client.AcceptAsync(invitations[2])).Is(200);
        (await tenant.GroupsOfAsync(invited)).Should().BeEquivalentTo(a, b);
        (await invited.Client.AcceptAsync(invitations[1])).Is(200);

        (await tenant.GroupsOfAsync(invited)).Should().BeEquivalentTo(a, b, c);
        (await tenant.MadeAsync()).Should().BeEmpty();
        (await tenant.Owner.ListAsync($"{tenant.Root}/members", Token)).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_withdrawn_invitation_is_none()
    {
        var (tenant, invited) = await MakeAsync();
        var (withdrawn, other) = (
            await tenant.InviteAsync(invited.Email),
            await tenant.InviteAsync(invited.Email)
        );
        var elsewhere = await Tenant.CreateAsync(shared.ControlPlane, Token);
        (
            await elsewhere.Owner.CallAsync(
                HttpMethod.Delete,
                $"{elsewhere.Root}/invitations/{withdrawn}",
                null,
                Token
            )
        ).IsProblem(404, "not_found");

        (await tenant.WithdrawAsync(withdrawn)).Is(204);

        await IsGoneAsync(tenant, invited, withdrawn);
        (await invited.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        (await invited.Client.AcceptAsync(other)).Is(200);
        (await tenant.WithdrawAsync(Route.NoId)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task An_invitation_holds_for_seven_days()
    {
        var clock = new ShiftedClock();
        await using var controlPlane = ControlPlane.Start(
            services,
            configure: s => s.AddSingleton<TimeProvider>(clock)
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var (early, late) = (
            await JoinedMember.SignInAsync(controlPlane, Token),
            await JoinedMember.SignInAsync(controlPlane, Token)
        );
        var (taken, missed) = (
            await tenant.InviteAsync(early.Email),
            await tenant.InviteAsync(late.Email)
        );

        clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1));
        (await late.Client.ReceivedAsync()).Texts("invitationId").Should().Equal(missed);
        (await early.Client.AcceptAsync(taken)).Is(200);

        // Its items are there until DynamoDB drops them, which can take days.
        clock.Advance(TimeSpan.FromMinutes(2));
        (await late.Client.ReceivedAsync()).Should().BeEmpty();
        (await tenant.MadeAsync()).Should().BeEmpty();
        (await late.Client.AcceptAsync(missed)).IsProblem(404, "not_found");
        (await late.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        (await early.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (await late.Client.AcceptAsync(await tenant.InviteAsync(late.Email))).Is(200);
    }

    [Fact]
    public async Task Both_items_of_an_invitation_expire_with_it()
    {
        var (tenant, invited) = await MakeAsync();
        var invitation = await tenant.InviteAsync(invited.Email);

        var items = (await shared.Table.ScanAsync(Token))
            .Where(i => i["sk"].S == $"INVITATION#{invitation}")
            .ToList();

        items.Should().HaveCount(2);
        items.Select(i => i["expiresAt"].N).Distinct().Should().ContainSingle();
        DateTimeOffset
            .FromUnixTimeSeconds(long.Parse(items[0]["expiresAt"].N, CultureInfo.InvariantCulture))
            .Should()
            .BeCloseTo(TimeProvider.System.GetUtcNow().AddDays(7), TimeSpan.FromMinutes(2));
        items
            .Should()
            .NotContain(
                i => i["pk"].S.Contains(invited.Email, StringComparison.OrdinalIgnoreCase),
                "an address is no key in the clear"
            );
    }

    [Fact]
    public async Task A_suspended_member_is_not_free_again_by_another_invitation()
    {
        var (tenant, invited) = await MakeAsync();
        var admins = await tenant.GroupIdAsync("Admins", Token);
        (await invited.Client.AcceptAsync(await tenant.InviteAsync(invited.Email))).Is(200);
        var second = await tenant.InviteAsync(invited.Email, admins);
        var suspension = $"{tenant.Root}/members/{invited.UserId}/suspension";
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                suspension,
                new { reason = "Laptop stolen" },
                Token
            )
        ).Is(200);

        (await invited.Client.AcceptAsync(second))
            .IsProblem(403, "member_suspended")["detail"]
            .Should()
            .Contain("Laptop stolen");

        (await invited.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(
            403,
            "member_suspended"
        );
        (await tenant.GroupsOfAsync(invited)).Should().BeEmpty();
        (await tenant.Owner.CallAsync(HttpMethod.Delete, suspension, null, Token)).Is(204);
        (await invited.Client.AcceptAsync(second)).Is(200);
        (await tenant.GroupsOfAsync(invited)).Should().Equal(admins);
    }

    [Fact]
    public async Task A_group_that_was_deleted_since_gives_nothing()
    {
        var (tenant, invited) = await MakeAsync();
        var (kept, deleted) = (
            await tenant.MakeGroupAsync("A", [], Token),
            await tenant.MakeGroupAsync("B", ["*"], Token, "manageApiKeys")
        );
        var invitation = await tenant.InviteAsync(invited.Email, kept, deleted);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/groups/{deleted}",
                null,
                Token
            )
        ).Is(204);

        (await invited.Client.AcceptAsync(invitation)).Is(200);

        (await tenant.GroupsOfAsync(invited)).Should().Equal(kept);
        (await invited.Client.GetAnswerAsync($"{tenant.Root}/api-keys", Token)).IsProblem(
            403,
            "forbidden"
        );
    }

    [Fact]
    public async Task Both_lists_are_read_page_by_page()
    {
        var (tenant, invited) = await MakeAsync();
        var made = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            made.Add(await tenant.InviteAsync(invited.Email));
        }

        foreach (var limit in (int[])[1, 10, 25])
        {
            foreach (
                var pages in new[]
                {
                    await tenant.Owner.PagesAsync($"{tenant.Root}/invitations", limit, Token),
                    await invited.Client.PagesAsync("/v1/invitations", limit, Token),
                }
            )
            {
                pages.Should().HaveCount((made.Count + limit - 1) / limit);
                pages
                    .SelectMany(page => page)
                    .Texts("invitationId")
                    .Should()
                    .OnlyHaveUniqueItems()
                    .And.BeEquivalentTo(made);
            }
        }
    }

    private async Task<(Tenant Tenant, JoinedMember Invited)> MakeAsync() =>
        (
            await Tenant.CreateAsync(shared.ControlPlane, Token),
            await JoinedMember.SignInAsync(shared.ControlPlane, Token)
        );

    /// <summary>Nobody sees, takes or withdraws it any more, and neither of its items is left.</summary>
    private async Task IsGoneAsync(Tenant tenant, JoinedMember invited, string invitation)
    {
        (await tenant.MadeAsync()).Texts("invitationId").Should().NotContain(invitation);
        (await invited.Client.ReceivedAsync())
            .Texts("invitationId")
            .Should()
            .NotContain(invitation);
        (await invited.Client.AcceptAsync(invitation)).IsProblem(404, "not_found");
        (await tenant.WithdrawAsync(invitation)).IsProblem(404, "not_found");
        (await shared.Table.ScanAsync(Token))
            .Should()
            .NotContain(i => i["sk"].S == $"INVITATION#{invitation}");
    }
}
