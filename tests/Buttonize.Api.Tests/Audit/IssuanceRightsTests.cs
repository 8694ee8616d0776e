namespace Buttonize.Api.Tests.Audit;

/// <summary>Who reads which entries: whoever manages the members all of them, everyone their own, nobody those of another tenant.</summary>
public sealed class IssuanceRightsTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>,
        IAsyncLifetime
{
    private Tenant tenant = null!;
    private string path = null!;
    private string list = null!;
    private JoinedMember alice = null!;
    private JoinedMember bob = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_see_their_own_entries_and_whoever_manages_them_all()
    {
        var auditor = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        foreach (var person in (HttpClient[])[tenant.Owner, auditor.Client])
        {
            (await WhoseAsync(person, list))
                .Should()
                .BeEquivalentTo(owner, alice.UserId, bob.UserId);
            (await WhoseAsync(person, $"{list}?userId={alice.UserId}"))
                .Should()
                .Equal(alice.UserId);
            (await WhoseAsync(person, $"{list}?userId={Access.Route.NoId}")).Should().BeEmpty();
        }

        (await WhoseAsync(alice.Client, list)).Should().Equal(alice.UserId);
        (await WhoseAsync(alice.Client, $"{list}?userId={alice.UserId}"))
            .Should()
            .Equal(alice.UserId);
        (await WhoseAsync(auditor.Client, $"{list}?userId={auditor.UserId}")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    public async Task Without_the_permission_nobody_reads_anothers(string accept)
    {
        foreach (var userId in (string[])[bob.UserId, Access.Route.NoId])
        {
            var answer = await alice.Client.CallAsync(
                HttpMethod.Get,
                $"{list}?userId={userId}",
                null,
                Token,
                ("Accept", accept)
            );

            answer.IsProblem(403, "forbidden");
            answer["detail"].Should().Contain("'manageMembers'");
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    public async Task Who_is_suspended_or_gone_reads_nothing(string accept)
    {
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{alice.UserId}/suspension",
                new { reason = "Example" },
                Token
            )
        ).Is(200);
        (
            await bob.Client.CallAsync(
                HttpMethod.Delete,
                $"{tenant.Root}/members/{bob.UserId}",
                null,
                Token
            )
        ).Is(204);

        (await ReadAsync(alice.Client)).IsProblem(403, "member_suspended");
        (await ReadAsync(bob.Client)).IsProblem(404, "not_found");

        Task<ApiAnswer> ReadAsync(HttpClient person) =>
            person.CallAsync(HttpMethod.Get, list, null, Token, ("Accept", accept));
    }

    [Fact]
    public async Task What_one_did_in_another_organization_is_not_shown_in_this_one()
    {
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await other.RegisterAsync(Token);
        var there = await JoinedMember.JoinAsync(
            other,
            [await other.GroupIdAsync("Users", Token)],
            Token,
            alice.Subject
        );
        there.UserId.Should().Be(alice.UserId);
        (
            await there.Client.CallAsync(
                HttpMethod.Post,
                $"{other.Root}/apps/{app["appId"]}/credentials",
                null,
                Token
            )
        ).Is(200);

        var here = await alice.Client.ListAsync(list, Token);
        var elsewhere = await there.Client.ListAsync($"{other.Root}/issuances", Token);

        here.Should().ContainSingle();
        elsewhere.Should().ContainSingle();
        here.Texts("appId").Should().NotContain(elsewhere.Texts("appId"));
        (await tenant.Owner.ListAsync($"{list}?appId={app["appId"]}", Token)).Should().BeEmpty();
        (await other.Owner.ListAsync($"{other.Root}/issuances?userId={bob.UserId}", Token))
            .Should()
            .BeEmpty();
    }

    public async ValueTask InitializeAsync()
    {
        tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
        list = $"{tenant.Root}/issuances";
        var users = await tenant.GroupIdAsync("Users", Token);
        alice = await JoinedMember.JoinAsync(tenant, [users], Token);
        bob = await JoinedMember.JoinAsync(tenant, [users], Token);
        foreach (var person in (HttpClient[])[tenant.Owner, alice.Client, bob.Client])
        {
            (await person.CallAsync(HttpMethod.Post, path, null, Token)).Is(200);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<IReadOnlyList<string>> WhoseAsync(HttpClient reader, string path) =>
        [.. (await reader.ListAsync(path, Token)).Texts("userId").Distinct()];
}
