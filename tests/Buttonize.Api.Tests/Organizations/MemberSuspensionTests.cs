using System.Globalization;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Buttonize.Api.Tests.Access;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>Suspending members, and lifting that.</summary>
public sealed class MemberSuspensionTests(SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_is_the_member_with_the_policy_against_their_sessions()
    {
        var (tenant, member) = await MakeAsync();
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];
        var before = TimeProvider.System.GetUtcNow();

        var answer = (await SuspendAsync(tenant.Owner, tenant, member.UserId)).Is(200).Json;

        var at = DateTimeOffset.Parse(
            answer["suspension"]!["at"]!.GetValue<string>(),
            CultureInfo.InvariantCulture
        );
        at.Should().BeOnOrAfter(before.AddMilliseconds(-1));
        at.Should().BeOnOrBefore(TimeProvider.System.GetUtcNow());
        answer["suspension"]!.AsObject().Remove("at");
        JsonNode
            .DeepEquals(
                answer,
                JsonNode.Parse(
                    $$"""
                    {
                      "userId": "{{member.UserId}}",
                      "userName": "{{member.Subject}}",
                      "email": "{{member.Email}}",
                      "groups": [],
                      "suspension": { "reason": "Laptop stolen", "by": "{{owner}}" },
                      "denyPolicy": {
                        "Version": "2012-10-17",
                        "Statement": [
                          {
                            "Effect": "Deny",
                            "Action": "*",
                            "Resource": "*",
                            "Condition": {
                              "StringLike": { "aws:SourceIdentity": "btnz__{{member.UserId}}__*" }
                            }
                          }
                        ]
                      }
                    }
                    """
                )
            )
            .Should()
            .BeTrue(answer.ToJsonString());
    }

    [Fact]
    public async Task A_new_reason_takes_the_place_of_an_older_one()
    {
        var (tenant, member) = await MakeAsync();
        (await SuspendAsync(tenant.Owner, tenant, member.UserId)).Is(200);

        (await SuspendAsync(tenant.Owner, tenant, member.UserId, "Left the company")).Is(200);

        (await member.Client.GetAnswerAsync(tenant.Root, Token))
            .IsProblem(403, "member_suspended")["detail"]
            .Should()
            .Contain("Left the company")
            .And.NotContain("Laptop stolen");
    }

    [Fact]
    public async Task A_lifted_suspension_leaves_nothing_behind_and_lifting_again_succeeds()
    {
        var (tenant, member) = await MakeAsync();
        var before = await StoredAsync(member);
        (await LiftAsync(tenant.Owner, tenant, member.UserId)).Is(204);
        (await SuspendAsync(tenant.Owner, tenant, member.UserId)).Is(200);

        (await LiftAsync(tenant.Owner, tenant, member.UserId)).Is(204);
        (await LiftAsync(tenant.Owner, tenant, member.UserId)).Is(204);

        (await member.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (await StoredAsync(member)).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task Nobody_suspends_the_owner()
    {
        var (tenant, member) = await MakeAsync();
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];

        (await SuspendAsync(tenant.Owner, tenant, owner))
            .IsProblem(403, "forbidden")["detail"]
            .Should()
            .Contain("owner");
        (await SuspendAsync(member.Client, tenant, owner)).IsProblem(403, "forbidden");

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
    }

    [Fact]
    public async Task Who_may_not_manage_members_is_told_which_permission_that_needs()
    {
        var (tenant, member) = await MakeAsync();
        var victim = await JoinedMember.JoinAsync(tenant, Token);
        foreach (var id in (string[])[victim.UserId, member.UserId, Route.NoId])
        {
            foreach (
                var answer in new[]
                {
                    await SuspendAsync(member.Client, tenant, id),
                    await LiftAsync(member.Client, tenant, id),
                }
            )
            {
                answer.IsProblem(403, "forbidden")["detail"].Should().Contain("'manageMembers'");
            }
        }

        (await victim.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
    }

    [Fact]
    public async Task A_suspended_member_cannot_lift_it_themselves()
    {
        var (tenant, member) = await MakeAsync();
        (await SuspendAsync(tenant.Owner, tenant, member.UserId)).Is(200);

        (await LiftAsync(member.Client, tenant, member.UserId)).IsProblem(403, "member_suspended");

        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");
    }

    [Fact]
    public async Task Who_is_no_member_cannot_be_suspended_and_becomes_none_by_it()
    {
        var (tenant, _) = await MakeAsync();
        var outsider = shared.ControlPlane.SignedIn($"outsider-{Guid.NewGuid():N}");
        var id = (await outsider.GetAnswerAsync("/v1/me", Token))["userId"];
        var before = await shared.Table.SnapshotAsync(Token);

        foreach (var unknown in (string[])[id, Route.NoId])
        {
            (await SuspendAsync(tenant.Owner, tenant, unknown)).IsProblem(404, "not_found");
            (await LiftAsync(tenant.Owner, tenant, unknown)).IsProblem(404, "not_found");
        }

        (await shared.Table.SnapshotAsync(Token)).Should().Equal(before);
        (await outsider.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task Suspending_and_lifting_at_once_end_as_one_of_the_two()
    {
        var (tenant, member) = await MakeAsync();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    i % 2 == 0
                        ? SuspendAsync(tenant.Owner, tenant, member.UserId)
                        : LiftAsync(tenant.Owner, tenant, member.UserId)
                )
        );

        answers.Should().AllSatisfy(a => a.Status.Should().BeOneOf(200, 204));
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).Status.Should().BeOneOf(200, 403);
        (await LiftAsync(tenant.Owner, tenant, member.UserId)).Is(204);
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);
    }

    private async Task<(Tenant Tenant, JoinedMember Member)> MakeAsync()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        return (tenant, await JoinedMember.JoinAsync(tenant, Token));
    }

    /// <summary>What is stored of the membership, without the count of its changes.</summary>
    private async Task<Dictionary<string, AttributeValue>> StoredAsync(JoinedMember member)
    {
        var item = (
            await shared.Table.FindAsync("ORGANIZATION#", Token, $"MEMBER#{member.UserId}")
        ).Single();
        item.Remove("version").Should().BeTrue();
        return item;
    }

    private static Task<ApiAnswer> SuspendAsync(
        HttpClient client,
        Tenant tenant,
        string userId,
        string reason = "Laptop stolen"
    ) =>
        client.CallAsync(
            HttpMethod.Put,
            $"{tenant.Root}/members/{userId}/suspension",
            new { reason },
            Token
        );

    private static Task<ApiAnswer> LiftAsync(HttpClient client, Tenant tenant, string userId) =>
        client.CallAsync(
            HttpMethod.Delete,
            $"{tenant.Root}/members/{userId}/suspension",
            null,
            Token
        );
}
