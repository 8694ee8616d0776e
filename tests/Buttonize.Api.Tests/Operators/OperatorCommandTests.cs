using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Operators;

/// <summary>What commands do, beside two running instances: each is a process of its own, and holds at the next call on both.</summary>
public sealed class OperatorCommandTests(SharedControlPlane shared, Services services)
    : IClassFixture<SharedControlPlane>
{
    private const string Reason = "Abuse report 4711";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_suspended_organization_is_refused_at_the_next_call_on_both_instances()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        await SessionsAsync(200);

        var shown = (await RunAsync("organizations", "show", tenant.OrganizationId, "--json")).Is(
            0
        );
        shown.Json["name"]!.GetValue<string>().Should().Be("Example");
        shown.Json["apps"]!.GetValue<int>().Should().Be(1);
        shown.Json["suspension"].Should().BeNull();
        shown.Error.Should().BeEmpty();

        var suspended = await RunAsync(
            "organizations",
            "suspend",
            tenant.OrganizationId,
            "--reason",
            Reason
        );
        suspended
            .Is(0)
            .Output.Should()
            .MatchRegex($"(?m)^suspended +by operator since .*{Reason}$");
        JsonNode.Parse(suspended.Error)!["@m"]!
            .GetValue<string>()
            .Should()
            .Contain("organizations suspend")
            .And.Contain(tenant.OrganizationId);
        await SessionsAsync(403);
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(
            403,
            "organization_suspended"
        );

        (await RunAsync("organizations", "resume", tenant.OrganizationId)).Is(0);
        (await RunAsync("organizations", "resume", tenant.OrganizationId)).Is(0);
        await SessionsAsync(200);

        async Task SessionsAsync(int status)
        {
            var there = second.WithToken(
                tenant.Owner.DefaultRequestHeaders.Authorization!.Parameter!
            );
            foreach (var client in (HttpClient[])[tenant.Owner, there])
            {
                var path = $"{tenant.Root}/apps/{app["appId"]}/credentials";
                (await client.CallAsync(HttpMethod.Post, path, null, Token)).Is(status);
            }
        }
    }

    [Fact]
    public async Task A_revoked_key_is_dead_at_the_next_call_on_both_instances()
    {
        await using var second = ControlPlane.Start(services, shared.ControlPlane.SharedSettings());
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var there = second.WithToken(
            tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!
        );
        (await there.GetAnswerAsync("/v1/apps", Token)).Is(200);
        var list = (await RunAsync("api-keys", "list", tenant.OrganizationId, "--json")).Is(0);
        var id = list.Json["items"]![0]!["keyId"]!.GetValue<string>();
        string[] revoke = ["api-keys", "revoke", tenant.OrganizationId, id];

        var unconfirmed = (await RunAsync(revoke)).Is(4);
        unconfirmed.Output.Should().BeEmpty();
        unconfirmed.Error.Should().Contain("--yes").And.Contain("cannot be undone");
        (await there.GetAnswerAsync("/v1/apps", Token)).Is(200);

        (await RunAsync([.. revoke, "--yes"])).Is(0).Output.Should().Contain(id);
        (await there.GetAnswerAsync("/v1/apps", Token)).IsProblem(401, "unauthenticated");
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).IsProblem(
            401,
            "unauthenticated"
        );
        (await RunAsync([.. revoke, "--yes"])).Is(3);
        var secret = tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!;
        $"{list.Output}{unconfirmed.Error}".Should().NotContain(secret[9..]);
    }

    [Fact]
    public async Task On_a_terminal_revoking_asks_for_the_key()
    {
        PseudoTerminal.Require();
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var list = (await RunAsync("api-keys", "list", tenant.OrganizationId, "--json")).Is(0);
        var id = list.Json["items"]![0]!["keyId"]!.GetValue<string>();

        var wrong = await OnTerminalAsync("yes\n");
        wrong.Is(4).Output.Should().Contain($"Type {id} to go on").And.Contain("nothing was done");
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);

        (await OnTerminalAsync("\u0003")).Status.Should().Be(130, "that is Ctrl+C");
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200);

        (await OnTerminalAsync($"{id}\n")).Is(0).Output.Should().Contain("revoked");
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(401);

        Task<EndedProcess> OnTerminalAsync(string typed) =>
            PseudoTerminal.RunAsync(
                $"dotnet {ApiProcess.Program} api-keys revoke -- {tenant.OrganizationId} {id}",
                shared.ControlPlane.Environment(),
                until: "to go on: ",
                typed,
                Token
            );
    }

    [Fact]
    public async Task The_operators_suspension_of_an_app_is_the_operators_to_lift()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = (await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>();
        var path = $"{tenant.Root}/apps/{app}";
        string[] suspend = ["apps", "suspend", tenant.OrganizationId, app, "--reason", Reason];
        string[] resume = ["apps", "resume", tenant.OrganizationId, app];

        (await RunAsync(suspend)).Is(0).Output.Should().Contain(Reason);

        (
            await tenant.Owner.CallAsync(HttpMethod.Post, $"{path}/credentials", null, Token)
        ).IsProblem(409, "app_suspended");
        var shown = (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200).Json["suspension"]!;
        shown["by"]!.GetValue<string>().Should().Be("operator");
        (
            await tenant.Owner.CallAsync(HttpMethod.Delete, $"{path}/suspension", null, Token)
        ).IsProblem(403, "forbidden");
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{path}/suspension",
                new { reason = "ours" },
                Token
            )
        ).IsProblem(403, "forbidden");

        (await RunAsync(resume)).Is(0).Output.Should().MatchRegex("(?m)^suspended +no$");
        (await tenant.Owner.CallAsync(HttpMethod.Post, $"{path}/credentials", null, Token)).Is(200);

        // And the other way round.
        (
            await tenant.Owner.CallAsync(
                HttpMethod.Put,
                $"{path}/suspension",
                new { reason = "ours" },
                Token
            )
        ).Is(200);
        (await RunAsync(suspend)).Is(4).Says("own people");
        (await RunAsync(resume)).Is(4).Says("own people");
        (await tenant.Owner.GetAnswerAsync(path, Token)).Is(200).Json["suspension"]!["reason"]!
            .GetValue<string>()
            .Should()
            .Be("ours");
    }

    [Fact]
    public async Task The_operators_suspension_of_a_member_is_the_operators_to_lift()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token);
        var path = $"{tenant.Root}/members/{member.UserId}/suspension";
        string[] resume = ["members", "resume", tenant.OrganizationId, member.UserId];

        var suspended = await RunAsync(
            "members",
            "suspend",
            tenant.OrganizationId,
            member.UserId,
            "--reason",
            Reason
        );

        suspended.Is(0).Output.Should().Contain($"btnz__{member.UserId}__*");
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");
        (await tenant.Owner.CallAsync(HttpMethod.Delete, path, null, Token)).IsProblem(
            403,
            "forbidden"
        );
        (
            await tenant.Owner.CallAsync(HttpMethod.Put, path, new { reason = "ours" }, Token)
        ).IsProblem(403, "forbidden");
        (await RunAsync(resume)).Is(0);
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).Is(200);

        (await tenant.Owner.CallAsync(HttpMethod.Put, path, new { reason = "ours" }, Token)).Is(
            200
        );
        (await RunAsync(resume)).Is(4).Says("own people");
        (await member.Client.GetAnswerAsync(tenant.Root, Token)).IsProblem(403, "member_suspended");
    }

    [Fact]
    public async Task The_owner_is_not_suspended_in_their_organization()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var owner = (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200)["ownerId"];

        (await RunAsync("members", "suspend", tenant.OrganizationId, owner, "--reason", Reason))
            .Is(4)
            .Says("suspend the organization");
        (await tenant.Owner.GetAnswerAsync(tenant.Root, Token)).Is(200);
    }

    [Fact]
    public async Task Apps_are_listed_and_verified()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        var app = await Tenant.PostAsync(tenant.Deployment, "/v1/apps", body, Token);
        var (id, role) = (
            app["appId"]!.GetValue<string>(),
            body["executionRoleArn"]!.GetValue<string>()
        );

        var list = (await RunAsync("apps", "list", tenant.OrganizationId)).Is(0);
        list.Output.Should().MatchRegex($"(?m)^{id} +Discount codes +.*{role} +verified +-$");

        await shared.ControlPlane.Aws.RefuseAsync(role, Token);
        var verified = (await RunAsync("apps", "verify", tenant.OrganizationId, id, "--json")).Is(
            0
        );
        verified.Json["appId"]!.GetValue<string>().Should().Be(id);
        verified.Json["verification"]!["checks"]!
            .AsArray()
            .Should()
            .Contain(check =>
                check!["name"]!.GetValue<string>() == "assume" && !check["passed"]!.GetValue<bool>()
            );
        $"{list.Output}{verified.Output}{verified.Error}"
            .Should()
            .NotContain(body["externalId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Nothing_is_verified_with_the_credentials_of_another_account()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = (await tenant.RegisterAsync(Token))["appId"]!.GetValue<string>();
        var environment = shared.ControlPlane.Environment();
        environment["Buttonize:AccountId"] = "111122223333";
        var before = await shared.Table.AppAsync(app, Token);

        var ended = await ApiProcess.RunAsync(
            "dotnet",
            [ApiProcess.Program, "apps", "verify", tenant.OrganizationId, app],
            environment,
            Token
        );

        ended.Is(4).Says("account");
        var after = await shared.Table.AppAsync(app, Token);
        after["version"].N.Should().Be(before["version"].N);
    }

    [Fact]
    public async Task Names_cannot_steer_the_terminal()
    {
        var tenant = await Tenant.CreateAsync(
            shared.ControlPlane,
            Token,
            name: "Ada\u001b[2J\u0007"
        );

        var shown = (await RunAsync("organizations", "show", tenant.OrganizationId)).Is(0);

        shown.Output.Should().Contain("Ada").And.NotContain("\u001b").And.NotContain("\u0007");
    }

    private Task<EndedProcess> RunAsync(params string[] arguments) =>
        shared.ControlPlane.RunAsync(Token, arguments);
}
