using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>A role that is not proven at once: how long it is tried, what ends that, and who goes on with it.</summary>
public sealed class PendingTests(Services services) : TrustLabTests(services)
{
    [Fact]
    public async Task After_ten_minutes_of_refusals_it_fails_and_is_tried_only_on_demand()
    {
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var app = (await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId)))
            .Is(201)
            .Json;
        app.Status().Should().Be("pending");

        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(9), Token);
        (await tenant.AppAsync(app.Id())).Status().Should().Be("pending");
        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        var failed = await tenant.BecomesAsync(app.Id(), "failed");

        failed["verification"]!.Checks()["assume"].Should().BeFalse();
        (await tenant.CredentialsAsync(app.Id()))
            .IsProblem(409, "app_not_verified")["detail"]
            .Should()
            .Contain("'failed'");
        (await lab.Table.RoleClaimAsync(role, Token)).Should().BeNull();
        (await lab.Table.AppAsync(app.Id(), Token)).Keys.Should().NotContain("checkAt");

        await lab.Aws.TrustAsync(role, externalId, Token);
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
        (await lab.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_role_that_turns_out_to_be_open_while_it_waits_fails_and_is_free_for_others()
    {
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var app = (await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId)))
            .Is(201)
            .Json;
        app.Status().Should().Be("pending");

        var open = TrustPolicies.Open["a second statement without condition"].Policy(externalId);
        await lab.Aws.PutRoleAsync(role, open, Token);
        var failed = await tenant.BecomesAsync(app.Id(), "failed");

        failed["verification"]!.Checks()["without-external-id"].Should().BeFalse();
        (await tenant.CredentialsAsync(app.Id()))
            .IsProblem(409, "app_not_verified")["detail"]
            .Should()
            .Contain("without its External ID");
        (await lab.Table.RoleClaimAsync(role, Token)).Should().BeNull();
        (await lab.Table.AppAsync(app.Id(), Token)).Keys.Should().NotContain("checkAt");

        // It held nothing, so whoever has it under an External ID of their own gets it.
        var other = await Tenant.CreateAsync(lab.ControlPlane, Token);
        (await other.RegisterAsync(Token, roleArn: role)).Status().Should().Be("verified");
        (await lab.Table.RoleClaimAsync(role, Token)).Should().Be((other.OrganizationId, 1));
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");
    }

    [Fact]
    public async Task While_STS_does_not_answer_it_stays_pending_also_after_ten_minutes()
    {
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(body.Role(), _ => new StsReply.Hang());
        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;

        for (var i = 0; i < 2; i++)
        {
            await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(12), Token);
            (await tenant.AppAsync(app.Id())).Status().Should().Be("pending");
        }

        lab.Sts.PassOn(body.Role());
        lab.Clock.Advance(TimeSpan.FromMinutes(12));
        await tenant.BecomesAsync(app.Id(), "verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task It_is_gone_on_with_after_a_restart()
    {
        var keyFile = Path.Join(Path.GetTempPath(), $"buttonize-test-{Guid.NewGuid():N}.key");
        var table = $"test-{Guid.NewGuid():N}";
        try
        {
            JsonObject body;
            JsonObject app;
            string apiKey;
            await using (var first = Start())
            {
                var customer = await Tenant.CreateAsync(first, Token);
                body = Tenant.Registration(
                    Tenant.NewRoleArn(),
                    await customer.NewExternalIdAsync(Token)
                );
                app = (await customer.RegisterAnswerAsync(body)).Is(201).Json;
                app.Status().Should().Be("pending");
                apiKey = customer.Deployment.DefaultRequestHeaders.Authorization!.Parameter!;
            }

            // The role comes while nothing runs.
            await lab.Aws.TrustAsync(body.Role(), body["externalId"]!.GetValue<string>(), Token);
            await using var second = Start();
            using var deployment = second.WithToken(apiKey);
            var verified = await Eventually.HoldsAsync(
                () => deployment.GetAnswerAsync($"/v1/apps/{app.Id()}", Token),
                answer => answer.Is(200).Json.Status() == "verified",
                TrustCalls.Limit,
                Token
            );

            verified.Json["verification"]!.Checks().Values.Should().OnlyContain(p => p == true);
        }
        finally
        {
            File.Delete(keyFile);
        }

        ControlPlane Start() =>
            lab.Start(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Buttonize:TableName"] = table,
                    ["Buttonize:Encryption:KeyFile"] = keyFile,
                }
            );
    }
}
