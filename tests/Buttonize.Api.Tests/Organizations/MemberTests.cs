using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Tests.Access;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>Who the members of an organization are, and which groups they are in.</summary>
public sealed class MemberTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_shows_everybody_by_name_address_and_groups()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token, name: "Olga Owner");
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        var group = await tenant.MakeGroupAsync("Support", [], Token);
        var users = await tenant.GroupIdAsync("Users", Token);
        var member = await JoinedMember.JoinAsync(tenant, [group, users], Token);

        // Every member may see who the others are, in whatever groups.
        var simple = await JoinedMember.JoinAsync(tenant, Token);
        var members = await simple.Client.ListAsync($"{tenant.Root}/members", Token);

        members.Texts("userId").Should().BeEquivalentTo(owner, member.UserId, simple.UserId);
        var listed = members.Single(m => (string)m["userId"]! == member.UserId);
        listed
            .Members()
            .Should()
            .BeEquivalentTo("userId", "userName", "email", "groups", "suspension");
        ((string)listed["userName"]!).Should().Be(member.Subject);
        ((string)listed["email"]!).Should().Be(member.Email);
        listed.Texts("groups").Should().BeEquivalentTo(group, users);
        listed["suspension"].Should().BeNull();
        var ownerListed = members.Single(m => (string)m["userId"]! == owner);
        ((string)ownerListed["userName"]!).Should().Be("Olga Owner");
        ownerListed["email"].Should().BeNull("the owner's token has none");
        ownerListed.Texts("groups").Should().BeEmpty("an owner is in no group");
        foreach (var one in members)
        {
            var read = (
                await simple.Client.GetAnswerAsync($"{tenant.Root}/members/{one["userId"]}", Token)
            ).Is(200);
            JsonNode.DeepEquals(read.Json, one).Should().BeTrue();
        }
    }

    [Fact]
    public async Task A_suspension_shows_with_its_reason()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var path = $"{tenant.Root}/members/{member.UserId}";
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{path}/suspension",
                new { reason = "On leave" },
                Token
            )
        ).Is(200);

        var suspension = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200).Json[
            "suspension"
        ]!.AsObject();

        suspension.Members().Should().BeEquivalentTo("reason", "at", "by");
        ((string)suspension["reason"]!).Should().Be("On leave");
        ((string)suspension["by"]!).Should().Be(owner);
    }

    /// <summary>Hundreds of people are written into the table after the example of one: signing them in one by one would be slow.</summary>
    [Fact]
    public async Task Many_members_are_listed_page_by_page_each_once()
    {
        const int count = 250;
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var group = await tenant.MakeGroupAsync("Support", [], Token);
        var joined = await JoinedMember.JoinAsync(tenant, [group], Token);
        var membership = (
            await shared.Table.FindAsync("ORGANIZATION#", Token, $"MEMBER#{joined.UserId}")
        ).Single();
        var person = (
            await shared.Table.FindAsync($"USER#{joined.UserId}", Token, "PERSON")
        ).Single();
        await shared.Table.PutManyAsync(
            Enumerable
                .Range(0, count)
                .Select(i => $"{i:D21}")
                .SelectMany(id =>
                    new[]
                    {
                        new Dictionary<string, AttributeValue>(membership)
                        {
                            ["sk"] = new() { S = $"MEMBER#{id}" },
                            ["userId"] = new() { S = id },
                        },
                        new Dictionary<string, AttributeValue>(person)
                        {
                            ["pk"] = new() { S = $"USER#{id}" },
                            ["userId"] = new() { S = id },
                            ["userName"] = new() { S = $"Person {id}" },
                            ["email"] = new() { S = $"{id}@example.com" },
                        },
                    }
                ),
            Token
        );

        foreach (var limit in (int[])[7, 100, 200])
        {
            var pages = await tenant.Owner.PagesAsync($"{tenant.Root}/members", limit, Token);

            pages.Should().HaveCount((count + 2 + limit - 1) / limit);
            var members = pages.SelectMany(page => page).ToList();
            members.Texts("userId").Should().OnlyHaveUniqueItems().And.HaveCount(count + 2);
            foreach (
                var member in members.Where(m =>
                    ((string)m["userName"]!).StartsWith("Person ", StringComparison.Ordinal)
                )
            )
            {
                ((string)member["userName"]!).Should().Be($"Person {member["userId"]}");
                ((string)member["email"]!).Should().Be($"{member["userId"]}@example.com");
                member.Texts("groups").Should().Equal(group);
            }
        }
    }

    [Fact]
    public async Task Groups_are_assigned_and_replaced_as_a_whole()
    {
        var (tenant, member, path) = await MakeAsync();
        var (a, b) = (
            await tenant.MakeGroupAsync("A", [], Token),
            await tenant.MakeGroupAsync("B", [], Token)
        );

        foreach (var groups in new string[][] { [a], [a, b], [b], [], [b, a], [a, a] })
        {
            var answer = (await AssignAsync(tenant, path, new { groups })).Is(200);

            answer.Json.Texts("groups").Should().Equal(groups.Distinct());
            answer["userId"].Should().Be(member.UserId);
            var read = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200);
            read.Text.Should().Be(answer.Text);
            read.ETag.Should().Be(answer.ETag);
        }
    }

    [Fact]
    public async Task An_assignment_over_somebody_elses_is_refused()
    {
        var (tenant, _, path) = await MakeAsync();
        var group = await tenant.MakeGroupAsync("A", [], Token);
        var read = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200);
        var body = new { groups = new[] { group } };
        var assigned = (await AssignAsync(tenant, path, body, ("If-Match", read.ETag))).Is(200);

        foreach (var stale in (string[])[read.ETag, $"W/{assigned.ETag}", "nonsense"])
        {
            (
                await AssignAsync(
                    tenant,
                    path,
                    new { groups = Array.Empty<string>() },
                    ("If-Match", stale)
                )
            ).IsProblem(412, "version_mismatch");
            (
                await tenant.Owner.CallAsync(
                    HttpMethod.Delete,
                    path,
                    null,
                    Token,
                    ("If-Match", stale)
                )
            ).IsProblem(412, "version_mismatch");
        }

        (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200).Text.Should().Be(assigned.Text);
        (await AssignAsync(tenant, path, body, ("If-Match", "*"))).Is(200);
        (await AssignAsync(tenant, path, new { groups = Array.Empty<string>() })).Is(200);
    }

    [Fact]
    public async Task Groups_that_are_not_there_or_not_named_change_nothing()
    {
        var (tenant, member, path) = await MakeAsync();
        var group = await tenant.MakeGroupAsync("A", [], Token);
        (await AssignAsync(tenant, path, new { groups = new[] { group } })).Is(200);
        var other = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var theirs = await other.GroupIdAsync("Users", Token);
        var before = await shared.Table.SnapshotAsync(Token);

        foreach (
            var body in new object?[]
            {
                null,
                new { },
                new { groups = (string[]?)null },
                new { groups = "Users" },
                new { groups = new[] { "Users" } },
                new { groups = new[] { group, Route.NoId } },
                new { groups = new[] { theirs } },
                new { groups = new string?[] { null } },
                new { groups = Enumerable.Repeat(group, 51) },
            }
        )
        {
            (await AssignAsync(tenant, path, body)).IsProblem(400, "validation_failed", "groups");
        }

        (await shared.Table.SnapshotAsync(Token)).Should().Equal(before);
        (await tenant.Owner.GetAnswerAsync(path, Token))["userId"].Should().Be(member.UserId);
    }

    [Fact]
    public async Task Who_is_no_member_has_no_groups_and_gets_none()
    {
        var (tenant, _, _) = await MakeAsync();
        var outsider = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        var before = await shared.Table.SnapshotAsync(Token);

        foreach (var unknown in (string[])[outsider.UserId, Route.NoId])
        {
            var path = $"{tenant.Root}/members/{unknown}";
            (await tenant.Owner.GetAnswerAsync(path, Token)).IsProblem(404, "not_found");
            (await AssignAsync(tenant, path, new { groups = Array.Empty<string>() })).IsProblem(
                404,
                "not_found"
            );
            (await tenant.Owner.CallAsync(HttpMethod.Delete, path, null, Token)).IsProblem(
                404,
                "not_found"
            );
        }

        (await shared.Table.SnapshotAsync(Token)).Should().Equal(before);
    }

    [Fact]
    public async Task Two_assignments_at_once_end_as_one_of_the_two()
    {
        var (tenant, _, path) = await MakeAsync();
        var (a, b) = (
            await tenant.MakeGroupAsync("A", [], Token),
            await tenant.MakeGroupAsync("B", [], Token)
        );
        for (var round = 0; round < 20; round++)
        {
            var read = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200);

            var answers = await Task.WhenAll(
                new[] { a, b }.Select(group =>
                    AssignAsync(
                        tenant,
                        path,
                        new { groups = new[] { group } },
                        ("If-Match", read.ETag)
                    )
                )
            );

            var written = answers.Single(answer => answer.Status == 200);
            answers.Single(answer => answer != written).IsProblem(412, "version_mismatch");
            (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200).Text.Should().Be(written.Text);
        }
    }

    private async Task<(Tenant Tenant, JoinedMember Member, string Path)> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        return (tenant, member, $"{tenant.Root}/members/{member.UserId}");
    }

    private static Task<ApiAnswer> AssignAsync(
        Tenant tenant,
        string path,
        object? body,
        params (string, string)[] headers
    ) => tenant.Owner.CallAsync(HttpMethod.Put, path, body, Token, headers);
}
