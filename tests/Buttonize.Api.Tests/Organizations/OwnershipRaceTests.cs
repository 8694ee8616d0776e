namespace Buttonize.Api.Tests.Organizations;

/// <summary>
/// The owner gives the organization to several people at once, through two instances, while those people are removed, suspended or leave,
/// and whoever gets it gives it on. There is exactly one owner at every time, a member who is not suspended.
/// </summary>
public sealed class OwnershipRaceTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private const int Rounds = 40;
    private const int Candidates = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task There_is_exactly_one_owner_whatever_happens_at_once()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token, "founder");
        var founder = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        var manager = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Admins", Token)],
            Token
        );
        var people = new Dictionary<string, HttpClient> { [founder] = tenant.Owner };
        var subjects = new Dictionary<string, string> { [founder] = "founder" };
        for (var i = 0; i < Candidates; i++)
        {
            var joined = await JoinedMember.JoinAsync(tenant, Token);
            people[joined.UserId] = joined.Client;
            subjects[joined.UserId] = joined.Subject;
        }

        var (transferred, shutOut) = (0, 0);
        var owner = founder;
        for (var round = 0; round < Rounds; round++)
        {
            var candidates = people.Keys.Where(id => id != owner).ToArray();
            var elsewhere = second.WithToken(
                people[owner].DefaultRequestHeaders.Authorization!.Parameter!
            );
            var transfers = candidates.Select(
                (id, i) => TransferAsync(i % 2 == 0 ? people[owner] : elsewhere, id)
            );
            var onward = TransferAsync(people[candidates[0]], candidates[1]);
            var shuttingOut = new[]
            {
                RemoveAsync(manager.Client, candidates[round % 3]),
                RemoveAsync(people[candidates[(round + 1) % 3]], candidates[(round + 1) % 3]),
                SuspendAsync(manager.Client, candidates[(round + 2) % 3]),
                RemoveAsync(people[owner], owner),
            };

            var answers = await Task.WhenAll([.. transfers, onward]);
            var ends = await Task.WhenAll(shuttingOut);

            answers.Should().AllSatisfy(a => a.Status.Should().BeOneOf(200, 400, 403, 404));
            ends.Should().AllSatisfy(a => a.Status.Should().BeOneOf(200, 204, 403, 404));
            transferred += answers[..^1].Count(a => a.Status == 200);
            shutOut += ends.Count(a => a.Status is 200 or 204);
            owner = await CheckAsync();
            await RestoreAsync();
        }

        // Else nothing of the kind was tried.
        transferred.Should().BePositive();
        shutOut.Should().BePositive();

        Task<ApiAnswer> TransferAsync(HttpClient client, string userId) =>
            client.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/ownership-transfer",
                new { userId },
                Token
            );

        Task<ApiAnswer> RemoveAsync(HttpClient client, string userId) =>
            client.CallAsync(HttpMethod.Delete, $"{tenant.Root}/members/{userId}", null, Token);

        Task<ApiAnswer> SuspendAsync(HttpClient client, string userId) =>
            client.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{userId}/suspension",
                new { reason = "Left the company" },
                Token
            );

        // What is stored, and what those people can do.
        async Task<string> CheckAsync()
        {
            var items = await shared.Table.FindAsync(
                $"ORGANIZATION#{tenant.OrganizationId}",
                Token
            );
            var now = items.Single(i => i["sk"].S == "ORGANIZATION")["ownerId"].S;
            var member = items.Single(i => i["sk"].S == $"MEMBER#{now}");
            member.Should().NotContainKey("suspension");
            (await shared.Table.FindAsync($"USER#{now}", Token, "MEMBERSHIP#"))
                .Should()
                .ContainSingle();
            foreach (var (id, client) in people)
            {
                var answer = await client.CallAsync(
                    HttpMethod.Patch,
                    tenant.Root,
                    new { name = $"Of {id}" },
                    Token
                );
                if (id == now)
                {
                    answer.Is(200)["ownerId"].Should().Be(now);
                }
                else
                {
                    answer.Status.Should().BeOneOf(403, 404);
                }
            }

            return now;
        }

        // Everybody is a member again who may act, for the next round.
        async Task RestoreAsync()
        {
            foreach (var id in people.Keys)
            {
                var member = await people[owner]
                    .GetAnswerAsync($"{tenant.Root}/members/{id}", Token);
                if (member.Status == 404)
                {
                    await JoinedMember.JoinAsync(
                        shared.ControlPlane,
                        people[owner],
                        tenant.Root,
                        [],
                        Token,
                        subjects[id]
                    );
                }
                else if (member.Json["suspension"] is not null)
                {
                    (
                        await people[owner]
                            .CallAsync(
                                HttpMethod.Delete,
                                $"{tenant.Root}/members/{id}/suspension",
                                null,
                                Token
                            )
                    ).Is(204);
                }
            }
        }
    }
}
