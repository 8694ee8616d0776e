using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>Another role or External ID for an app: proven anew before it is used, swapped in one write, and served without a gap.</summary>
public sealed class ReplacementTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proven_role_is_swapped_in_at_once_and_the_sessions_are_its()
    {
        var (tenant, app, _) = await DeployedAsync();
        var body = await tenant.DeployAsync(Token);

        var swapped = (await tenant.ReplaceAnswerAsync(app.Id(), body)).Is(200).Json;

        swapped.Role().Should().Be(body.Role());
        swapped.Status().Should().Be("verified");
        swapped["pendingReplacement"].Should().BeNull();
        lab.Sts.Calls(body.Role())
            .Should()
            .HaveCount(4, "the new role is proven before it is used");
        (await SessionsRoleAsync(tenant, app)).Should().Be(body.Role());
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().BeNull();
        (await lab.Table.RoleClaimAsync(body.Role(), Token))
            .Should()
            .Be((tenant.OrganizationId, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_new_one_is_not_proven_the_old_one_serves(bool anotherRole)
    {
        var (tenant, app, oldId) = await DeployedAsync();
        var newId = await tenant.NewExternalIdAsync(Token);
        var next = Tenant.Registration(anotherRole ? Tenant.NewRoleArn() : app.Role(), newId);
        next["name"] = "Renamed";
        if (anotherRole)
        {
            await lab.Aws.RefuseAsync(next.Role(), Token);
        }

        var waiting = (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200).Json;

        waiting.Role().Should().Be(app.Role());
        waiting.Status().Should().Be("verified");
        waiting["name"]!.GetValue<string>().Should().Be("Discount codes");
        var pending = waiting["pendingReplacement"]!.AsObject();
        pending.Role().Should().Be(next.Role());
        pending.Status().Should().Be("pending");
        pending["verification"]!.Checks()["assume"].Should().BeFalse();
        (await SessionsRoleAsync(tenant, app)).Should().Be(app.Role());
        LastSession(app.Role()).ExternalId.Should().Be(oldId);

        string[] accepted = anotherRole ? [newId] : [oldId, newId];
        await lab.Aws.PutRoleAsync(next.Role(), LocalAwsClient.TrustPolicy(accepted), Token);
        var swapped = await tenant.BecomesAsync(app.Id(), a => a["pendingReplacement"] is null);

        swapped.Role().Should().Be(next.Role());
        swapped.Status().Should().Be("verified");
        swapped["name"]!.GetValue<string>().Should().Be("Renamed");
        (await SessionsRoleAsync(tenant, app)).Should().Be(next.Role());
        LastSession(next.Role()).ExternalId.Should().Be(newId);
        (await lab.Table.RoleClaimAsync(next.Role(), Token))
            .Should()
            .Be((tenant.OrganizationId, 1));
        if (anotherRole)
        {
            (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().BeNull();
        }
    }

    [Fact]
    public async Task A_replacement_by_an_open_role_is_refused_and_changes_nothing()
    {
        var (tenant, app, _) = await DeployedAsync();
        var next = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var open = TrustPolicies.Open["no condition at all"].Policy("");
        await lab.Aws.PutRoleAsync(next.Role(), open, Token);
        var before = await lab.Table.SnapshotAsync(Token);

        foreach (var query in new[] { "", "?wait=20" })
        {
            (await tenant.ReplaceAnswerAsync(app.Id(), next, query)).IsOpenRole(false, false);
        }

        (await lab.Table.SnapshotAsync(Token)).Should().BeEquivalentTo(before);
        (await tenant.AppAsync(app.Id()))["pendingReplacement"].Should().BeNull();
        (await lab.Table.RoleClaimAsync(next.Role(), Token)).Should().BeNull();
        (await SessionsRoleAsync(tenant, app)).Should().Be(app.Role());
    }

    [Fact]
    public async Task A_replacement_that_turns_out_to_be_open_while_it_waits_never_serves()
    {
        var (tenant, app, _) = await DeployedAsync();
        var next = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var waiting = (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200).Json;
        waiting["pendingReplacement"]!.Status().Should().Be("pending");

        var open = TrustPolicies.Open["no condition at all"].Policy("");
        await lab.Aws.PutRoleAsync(next.Role(), open, Token);
        var failed = await tenant.BecomesAsync(
            app.Id(),
            a => a["pendingReplacement"]!.Status() == "failed"
        );

        failed.Status().Should().Be("verified");
        failed["pendingReplacement"]!["verification"]!
            .Checks()["without-external-id"]
            .Should()
            .BeFalse();
        (await SessionsRoleAsync(tenant, app)).Should().Be(app.Role());
        (await lab.Table.RoleClaimAsync(next.Role(), Token)).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("too short")]
    [InlineData("with a space 0123456789")]
    [InlineData("with-a-newline-0123456789\n")]
    public async Task An_External_ID_that_is_none_is_refused_and_nothing_is_half_applied(
        string none
    )
    {
        var (tenant, app, _) = await DeployedAsync();
        var before = await lab.Table.SnapshotAsync(Token);
        var calls = lab.Sts.Calls(app.Role()).Count;
        var body = Tenant.Registration(app.Role(), none);
        body["name"] = "Renamed";

        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsProblem(
            400,
            "validation_failed",
            "externalId"
        );

        (await lab.Table.SnapshotAsync(Token)).Should().BeEquivalentTo(before);
        lab.Sts.Calls(app.Role()).Should().HaveCount(calls);
        (await SessionsRoleAsync(tenant, app)).Should().Be(app.Role());
    }

    [Fact]
    public async Task Another_role_without_its_External_ID_is_refused_and_null_is_none()
    {
        var (tenant, app, oldId) = await DeployedAsync();
        var body = Tenant.Registration(Tenant.NewRoleArn(), oldId);
        body["externalId"] = null;

        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsProblem(
            400,
            "validation_failed",
            "externalId"
        );
        body.Remove("externalId");
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsProblem(
            400,
            "validation_failed",
            "externalId"
        );

        lab.Sts.Calls(body.Role()).Should().BeEmpty();
        (await SessionsRoleAsync(tenant, app)).Should().Be(app.Role());
    }

    [Fact]
    public async Task The_External_ID_is_rotated_without_a_gap()
    {
        var (tenant, app, oldId) = await DeployedAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var issued = 0;
        var watching = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    (await tenant.CredentialsAsync(app.Id())).Is(200);
                    Interlocked.Increment(ref issued);
                }
            },
            Token
        );

        // The steps of the customer's two deployments.
        var newId = await tenant.NewExternalIdAsync(Token);
        await OneMoreSessionAsync();
        await lab.Aws.PutRoleAsync(app.Role(), LocalAwsClient.TrustPolicy([oldId, newId]), Token);
        await OneMoreSessionAsync();
        var body = Tenant.Registration(app.Role(), newId);
        var replaced = (await tenant.ReplaceAnswerAsync(app.Id(), body, "?wait=20")).Is(200).Json;
        await OneMoreSessionAsync();
        await lab.Aws.PutRoleAsync(app.Role(), LocalAwsClient.TrustPolicy([newId]), Token);
        await OneMoreSessionAsync();
        await done.CancelAsync();
        await watching;

        replaced.Status().Should().Be("verified");
        replaced["pendingReplacement"].Should().BeNull();
        LastSession(app.Role()).ExternalId.Should().Be(newId);
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().Be((tenant.OrganizationId, 1));
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("verified");

        // Two more: the first one can have been on its way before the step.
        Task<int> OneMoreSessionAsync()
        {
            var before = Volatile.Read(ref issued);
            return Eventually.HoldsAsync(
                () => Task.FromResult(Volatile.Read(ref issued)),
                now => now >= before + 2 || watching.IsFaulted,
                TrustCalls.Limit,
                Token
            );
        }
    }

    [Fact]
    public async Task A_replacement_is_proven_also_where_role_and_External_ID_stay_as_they_are()
    {
        var (tenant, app, oldId) = await DeployedAsync();
        var body = Tenant.Registration(app.Role(), oldId);
        body.Remove("externalId");
        body["name"] = "Renamed";
        var open = TrustPolicies.Open["a second statement without condition"].Policy(oldId);
        await lab.Aws.PutRoleAsync(app.Role(), open, Token);

        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsOpenRole(false, false);

        // That is how the drift was found out.
        var found = await tenant.AppAsync(app.Id());
        found["name"]!.GetValue<string>().Should().Be("Discount codes");
        found.Status().Should().Be("failed");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
    }

    private async Task<(Tenant Tenant, JsonObject App, string ExternalId)> DeployedAsync()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var app = await tenant.RegisterAsync(Token, externalId: externalId);
        app.Status().Should().Be("verified");
        return (tenant, app, externalId);
    }

    /// <summary>Which role a session is of that is issued now.</summary>
    private static async Task<string?> SessionsRoleAsync(Tenant tenant, JsonObject app)
    {
        var session = (await tenant.CredentialsAsync(app.Id())).Is(200);
        var name = session["assumedRoleArn"].Split('/')[1];
        return new[] { app.Role() }
            .Concat([(await tenant.AppAsync(app.Id())).Role()])
            .FirstOrDefault(arn => arn.EndsWith($"/{name}", StringComparison.Ordinal));
    }

    private StsCall LastSession(string role) =>
        lab
            .Sts.Calls(role)
            .Last(c =>
                !c.Form["RoleSessionName"].StartsWith("btnz__trust", StringComparison.Ordinal)
            );
}
