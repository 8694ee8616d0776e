using Buttonize.Api.Organizations;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Organizations;

/// <summary>What deleting an organization and erasing a person leave behind: nothing that names either.</summary>
public sealed class DeletionTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_deleted_organization_is_gone_at_the_next_call_for_everybody()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var admins = await tenant.GroupIdAsync("Admins", Token);
        var member = await JoinedMember.JoinAsync(tenant, [admins], Token);
        var invited = await JoinedMember.SignInAsync(shared.ControlPlane, Token);
        var invitation = await InviteAsync(tenant, invited);
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var there = second.WithToken(
            tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!
        );
        (await there.GetAnswerAsync("/v1/apps", Token)).Is(200);

        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);

        foreach (var person in (HttpClient[])[tenant.Owner, member.Client])
        {
            (await person.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
            (await person.GetAnswerAsync($"{tenant.Root}/members", Token)).IsProblem(
                404,
                "not_found"
            );
            (await person.GetAnswerAsync("/v1/me", Token))
                .Is(200)
                .Text.Should()
                .NotContain(tenant.OrganizationId);
        }

        foreach (var deployment in (HttpClient[])[tenant.Deployment, there])
        {
            (await deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(401, "unauthenticated");
        }

        (await invited.Client.GetAnswerAsync("/v1/invitations", Token))
            .Is(200)
            .Text.Should()
            .NotContain(tenant.OrganizationId);
        (await AcceptAsync(invited, invitation)).Status.Should().BeOneOf(403, 404);
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).IsProblem(
            404,
            "not_found"
        );
    }

    [Fact]
    public async Task Of_a_deleted_organization_only_the_keyed_claim_on_its_External_ID_stays()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        for (var i = 0; i < 3; i++)
        {
            await tenant.MakeGroupAsync($"Group {i}", ["a", "b"], Token, "manageApps");
            await JoinedMember.JoinAsync(tenant, Token);
            await InviteAsync(tenant, await JoinedMember.SignInAsync(shared.ControlPlane, Token));
        }

        (
            await tenant.Deployment.CallAsync(
                HttpMethod.Delete,
                $"/v1/apps/{app["appId"]}",
                null,
                Token
            )
        ).Is(204);
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);

        var left = await Eventually.HoldsAsync(
            async () =>
                (await shared.Table.ScanAsync(Token))
                    .Where(i =>
                        StoredTable
                            .ToJson(new() { M = i })
                            .ToJsonString()
                            .Contains(tenant.OrganizationId, StringComparison.Ordinal)
                    )
                    .ToList(),
            items =>
                items.TrueForAll(i =>
                    i["pk"].S.StartsWith("EXTERNAL_ID#", StringComparison.Ordinal)
                ),
            TimeSpan.FromSeconds(40),
            Token
        );
        left.Should()
            .ContainSingle()
            .Which.Keys.Should()
            .BeEquivalentTo("pk", "sk", "v", "organizationId");
    }

    [Fact]
    public async Task An_organization_with_apps_is_not_deleted_and_goes_on_working()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);

        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).IsProblem(
            409,
            "organization_not_empty"
        );

        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/apps/{app["appId"]}/credentials",
                null,
                Token
            )
        ).Is(200);
    }

    [Fact]
    public async Task Registering_and_deleting_at_the_same_time_never_leave_an_app_without_an_organization()
    {
        for (var round = 0; round < 20; round++)
        {
            var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
            var body = await tenant.DeployAsync(Token);

            var registration = tenant.Deployment.CallAsync(
                HttpMethod.Post,
                "/v1/apps",
                body,
                Token
            );
            var deletion = tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token);
            await Task.WhenAll(registration, deletion);

            var (registered, deleted) = ((await registration).Status, (await deletion).Status);
            (registered, deleted).Should().BeOneOf((201, 409), (401, 204));
            var apps = (
                await shared.Table.FindAsync($"ORGANIZATION#{tenant.OrganizationId}", Token, "APP#")
            ).Count;
            apps.Should().Be(registered == 201 ? 1 : 0);
            (
                await shared.Table.RoleClaimAsync(
                    body["executionRoleArn"]!.GetValue<string>(),
                    Token
                )
                is null
            )
                .Should()
                .Be(registered != 201);
        }
    }

    [Fact]
    public async Task Another_instance_sweeps_what_one_only_marked()
    {
        await using var first = ControlPlane.Start(
            services,
            configure: ControlPlane.WithoutBackgroundWork
        );
        var tenant = await Tenant.CreateAsync(first, Token);
        await JoinedMember.JoinAsync(tenant, Token);
        (await tenant.Owner.CallAsync(HttpMethod.Delete, tenant.Root, null, Token)).Is(204);
        using var table = new StoredTable(services.DynamoDb, first.TableName);
        (await table.FindAsync("ORGANIZATION#", Token, "MEMBER#")).Should().HaveCount(2);

        await using var second = ControlPlane.Start(services, first.SharedSettings());
        _ = second
            .Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>()
            .OfType<Sweeper>()
            .Single();

        await Eventually.HoldsAsync(
            () => table.FindAsync("ORGANIZATION#", Token),
            items => items.Count == 0,
            TimeSpan.FromSeconds(40),
            Token
        );
        (await table.FindAsync("DELETED_ORGANIZATIONS", Token)).Should().BeEmpty();
        (await table.FindAsync("USER#", Token, "MEMBERSHIP#")).Should().BeEmpty();
        (await table.FindAsync("API_KEY_SECRET#", Token)).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_an_erased_person_nothing_stays_and_who_signs_in_again_is_somebody_new()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(
            tenant,
            [await tenant.GroupIdAsync("Users", Token)],
            Token
        );
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var there = second.WithToken(member.Client.DefaultRequestHeaders.Authorization!.Parameter!);
        (await there.GetAnswerAsync(tenant.Root, Token)).Is(200);

        (await EraseAsync(member.Client)).Is(204);

        // But for a mark with the user id alone, under which the ledger is looked through once more; see Audit/ErasedIssuancesTests.
        var stored = (await shared.Table.ScanAsync(Token))
            .Where(i => i["pk"].S != "ERASED_ISSUANCES")
            .Select(i => StoredTable.ToJson(new() { M = i }).ToJsonString());
        stored
            .Should()
            .NotContain(i =>
                i.Contains(member.Subject, StringComparison.Ordinal)
                || i.Contains(member.UserId, StringComparison.Ordinal)
            );
        foreach (var client in (HttpClient[])[member.Client, there])
        {
            (await client.GetAnswerAsync(tenant.Root, Token)).IsProblem(404, "not_found");
        }

        (await member.Client.GetAnswerAsync("/v1/me", Token))
            .Is(200)["userId"]
            .Should()
            .NotBe(member.UserId);

        // An instance that still remembers the old person attaches nothing to them.
        (
            await there.CallAsync(HttpMethod.Post, "/v1/organizations", new { name = "New" }, Token)
        ).IsProblem(409, "person_erased");
        (await there.CallAsync(HttpMethod.Post, "/v1/organizations", new { name = "New" }, Token))
            .Is(201)["ownerId"]
            .Should()
            .NotBe(member.UserId);
    }

    [Fact]
    public async Task Nobody_is_erased_who_does_not_name_themself()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var owner = (await tenant.Owner.GetAnswerAsync("/v1/me", Token))["userId"];

        foreach (var userId in (string?[])[null, owner, "", member.UserId.ToUpperInvariant() + "x"])
        {
            (
                await member.Client.CallAsync(
                    HttpMethod.Post,
                    "/v1/me/erasure",
                    new { userId },
                    Token
                )
            ).Is(400);
        }

        (await member.Client.GetAnswerAsync("/v1/me", Token))
            .Is(200)["userId"]
            .Should()
            .Be(member.UserId);
    }

    [Fact]
    public async Task An_owner_is_not_erased_and_stays_the_owner()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);

        (await EraseAsync(tenant.Owner)).IsProblem(409, "owns_organizations");

        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Post,
                "/v1/organizations",
                new { name = "Another" },
                Token
            )
        ).Is(201);
        (await shared.Table.FindAsync("ERASED_PEOPLE", Token))
            .Should()
            .NotContain(i => i["sk"].S == tenant.OrganizationId);
    }

    [Fact]
    public async Task A_suspended_member_does_not_get_rid_of_the_suspension_by_being_erased()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{tenant.Root}/members/{member.UserId}/suspension",
                new { reason = "Laptop stolen" },
                Token
            )
        ).Is(200);

        (await EraseAsync(member.Client)).IsProblem(403, "member_suspended");

        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");
        (await member.Client.GetAnswerAsync("/v1/me", Token))
            .Is(200)["userId"]
            .Should()
            .Be(member.UserId);
    }

    [Fact]
    public async Task Being_erased_and_becoming_an_owner_at_the_same_time_never_leaves_an_organization_without_one()
    {
        for (var round = 0; round < 20; round++)
        {
            var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
            var member = await JoinedMember.JoinAsync(tenant, Token);

            var erasure = EraseAsync(member.Client);
            var transfer = tenant.Owner.CallAsync(
                HttpMethod.Post,
                $"{tenant.Root}/ownership-transfer",
                new { userId = member.UserId },
                Token
            );
            await Task.WhenAll(erasure, transfer);

            var owner = (
                await shared.Table.FindAsync(
                    $"ORGANIZATION#{tenant.OrganizationId}",
                    Token,
                    "ORGANIZATION"
                )
            )
                .Single()["ownerId"]
                .S;
            var people = await shared.Table.FindAsync($"USER#{owner}", Token, "PERSON");
            people
                .Should()
                .ContainSingle($"{(await erasure).Status} {(await transfer).Status}")
                .Which.Keys.Should()
                .NotContain("erasedAt");
            (
                await shared.Table.FindAsync(
                    $"ORGANIZATION#{tenant.OrganizationId}",
                    Token,
                    $"MEMBER#{owner}"
                )
            )
                .Should()
                .ContainSingle();
        }
    }

    private static async Task<string> InviteAsync(Tenant tenant, JoinedMember invited) =>
        (
            await Tenant.PostAsync(
                tenant.Owner,
                $"{tenant.Root}/invitations",
                new { email = invited.Email },
                Token
            )
        )["invitationId"]!.GetValue<string>();

    private static Task<ApiAnswer> AcceptAsync(JoinedMember invited, string invitation) =>
        invited.Client.CallAsync(
            HttpMethod.Post,
            $"/v1/invitations/{invitation}/acceptance",
            null,
            Token
        );

    private static async Task<ApiAnswer> EraseAsync(HttpClient person)
    {
        var userId = (await person.GetAnswerAsync("/v1/me", Token)).Is(200)["userId"];
        return await person.CallAsync(HttpMethod.Post, "/v1/me/erasure", new { userId }, Token);
    }
}
