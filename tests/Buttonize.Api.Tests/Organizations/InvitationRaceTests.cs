using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>What many do with an invitation at the same moment, through two instances: it is used once, and nothing is half done.</summary>
public sealed class InvitationRaceTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private const int Rounds = 20;

    private ControlPlane second = null!;
    private Tenant tenant = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_who_accepts_twice_at_once_joins_once()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var invited = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
            var invitation = await tenant.InviteAsync(invited.Email);

            var answers = await Task.WhenAll(
                invited.Client.AcceptAsync(invitation),
                Elsewhere(invited.Client).AcceptAsync(invitation),
                invited.Client.AcceptAsync(invitation)
            );

            IsUsedOnce(answers);
            await IsMemberAsync(invited, expected: true);
        }
    }

    [Fact]
    public async Task Of_two_people_with_one_verified_address_one_joins()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var email = $"{Guid.NewGuid():N}@example.com";
            JoinedMember[] people = [await SignInAsync(email), await SignInAsync(email)];
            var invitation = await tenant.InviteAsync(email);

            var answers = await Task.WhenAll(
                people[0].Client.AcceptAsync(invitation),
                Elsewhere(people[1].Client).AcceptAsync(invitation)
            );

            IsUsedOnce(answers);
            foreach (var (person, answer) in people.Zip(answers))
            {
                await IsMemberAsync(person, expected: answer.Status == 200);
            }
        }
    }

    [Fact]
    public async Task What_is_withdrawn_and_accepted_at_once_is_one_of_the_two()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var invited = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
            var invitation = await tenant.InviteAsync(invited.Email);

            var withdrawing = tenant.WithdrawAsync(invitation);
            var accepted = await Elsewhere(invited.Client).AcceptAsync(invitation);
            var withdrawn = await withdrawing;

            (accepted.Status, withdrawn.Status).Should().BeOneOf((200, 404), (404, 204));
            await IsMemberAsync(invited, expected: accepted.Status == 200);
            (await tenant.MadeAsync()).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Two_invitations_of_one_person_accepted_at_once_both_count()
    {
        var (a, b) = (
            await tenant.MakeGroupAsync("A", [], Token),
            await tenant.MakeGroupAsync("B", [], Token)
        );
        for (var round = 0; round < Rounds; round++)
        {
            var invited = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
            var (first, other) = (
                await tenant.InviteAsync(invited.Email, a),
                await tenant.InviteAsync(invited.Email, b)
            );

            var answers = await Task.WhenAll(
                invited.Client.AcceptAsync(first),
                Elsewhere(invited.Client).AcceptAsync(other)
            );

            answers.Should().AllSatisfy(answer => answer.Is(200));
            (await tenant.GroupsOfAsync(invited)).Should().BeEquivalentTo(a, b);
            await IsMemberAsync(invited, expected: true);
        }
    }

    [Fact]
    public async Task Accepting_more_does_not_undo_a_suspension_or_half_of_a_removal()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var member = await JoinedMember.JoinAsync(tenant, Token);
            var path = $"{tenant.Root}/members/{member.UserId}";
            var more = await tenant.InviteAsync(member.Email);
            var suspends = round % 2 == 0;

            var shuttingOut = suspends
                ? tenant.Owner.CallAsync(
                    HttpMethod.Put,
                    $"{path}/suspension",
                    new { reason = "Laptop stolen" },
                    Token
                )
                : tenant.Owner.CallAsync(HttpMethod.Delete, path, null, Token);
            var accepted = await Elsewhere(member.Client).AcceptAsync(more);
            (await shuttingOut).Is(suspends ? 200 : 204);

            accepted.Status.Should().BeOneOf(200, 403);
            var now = await member.Client.GetAnswerAsync(tenant.Root, Token);
            if (suspends)
            {
                now.IsProblem(403, "member_suspended");
                await IsMemberAsync(member, expected: true);
            }
            else
            {
                // Whoever was removed first joined again by it; whoever accepted first was removed after.
                accepted.Is(200);
                await IsMemberAsync(member, expected: now.Status == 200);
            }
        }
    }

    public async ValueTask InitializeAsync()
    {
        second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
    }

    public ValueTask DisposeAsync() => second.DisposeAsync();

    private static void IsUsedOnce(ApiAnswer[] answers)
    {
        answers.Should().ContainSingle(answer => answer.Status == 200);
        foreach (var answer in answers.Where(answer => answer.Status != 200))
        {
            answer.IsProblem(404, "not_found");
        }
    }

    private HttpClient Elsewhere(HttpClient client) =>
        second.WithToken(client.DefaultRequestHeaders.Authorization!.Parameter!);

    private async Task<JoinedMember> SignInAsync(string email)
    {
        var subject = $"{Guid.NewGuid():N}";
        var client = shared.ControlPlane.WithToken(
            shared.ControlPlane.Provider.Token(
                subject,
                claims: (JsonObject claims) => JoinedMember.Verified(claims, email)
            )
        );
        var me = (await client.GetAnswerAsync("/v1/me", Token)).Is(200);
        return new JoinedMember(subject, me["userId"], email, client);
    }

    /// <summary>Both sides of the membership are there, or neither is.</summary>
    private async Task IsMemberAsync(JoinedMember person, bool expected)
    {
        var items = await shared.Table.ScanAsync(Token);
        items
            .Count(i =>
                i["pk"].S == $"ORGANIZATION#{tenant.OrganizationId}"
                && i["sk"].S == $"MEMBER#{person.UserId}"
            )
            .Should()
            .Be(expected ? 1 : 0);
        items
            .Count(i =>
                i["pk"].S == $"USER#{person.UserId}"
                && i["sk"].S == $"MEMBERSHIP#{tenant.OrganizationId}"
            )
            .Should()
            .Be(expected ? 1 : 0);
    }
}
