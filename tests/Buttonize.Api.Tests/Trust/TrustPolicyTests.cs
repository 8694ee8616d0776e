using static Buttonize.Api.Tests.Trust.TrustCalls;

namespace Buttonize.Api.Tests.Trust;

/// <summary>Which trust policies are refused, in the policy language's many ways to leave a role open, and what to paste instead.</summary>
public sealed class TrustPolicyTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> OpenNames => [.. TrustPolicies.Open.Keys];

    public static TheoryData<string> ClosedNames => [.. TrustPolicies.Closed.Keys];

    [Theory]
    [MemberData(nameof(OpenNames))]
    public async Task An_open_role_is_refused_and_nothing_is_stored(string name)
    {
        var (policy, without, wrong) = TrustPolicies.Open[name];
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var role = await PutAsync(policy, externalId);
        var before = await lab.Table.SnapshotAsync(Token);

        var answer = await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId));

        answer.IsOpenRole(without, wrong);
        (await lab.Table.SnapshotAsync(Token)).Should().BeEquivalentTo(before);
        (await lab.Table.RoleClaimAsync(role, Token)).Should().BeNull();
        lab.Sts.Calls(role)
            .Should()
            .HaveCount(3, "the answer is whole, and nothing is tried after that");
    }

    [Theory]
    [MemberData(nameof(OpenNames))]
    public async Task What_the_refusal_has_to_paste_mends_the_role(string name)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var role = await PutAsync(TrustPolicies.Open[name].Policy, externalId);
        var body = Tenant.Registration(role, externalId);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var problem = (await tenant.RegisterAnswerAsync(body, "", key)).Is(422).Json;

        var failed = problem.Checks().Where(c => c.Value == false).Select(c => c.Key).ToList();
        failed.Should().NotBeEmpty();
        foreach (var check in failed)
        {
            var pasted = Statements(problem.Detail(check), externalId);
            pasted.Should().ContainSingle();
            await lab.Aws.PutRoleAsync(role, TrustPolicies.Policy(pasted), Token);
        }

        // The key of the refused registration is as if it had not been used.
        var app = (await tenant.RegisterAnswerAsync(body, "", key)).Is(201).Json;
        app.Status().Should().Be("verified");
    }

    [Theory]
    [MemberData(nameof(ClosedNames))]
    public async Task A_role_that_asks_for_its_External_ID_is_verified(string name)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var role = await PutAsync(TrustPolicies.Closed[name], externalId);

        var app = (await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId)))
            .Is(201)
            .Json;

        app.Status().Should().Be("verified", app.ToJsonString());
        app["verification"]!.Checks().Values.Should().OnlyContain(passed => passed == true);
        (await lab.Table.RoleClaimAsync(role, Token)).Should().Be((tenant.OrganizationId, 1));
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task An_open_role_is_refused_also_to_those_who_wait_and_under_its_idempotency_key()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var role = await PutAsync(TrustPolicies.Open["no condition at all"].Policy, externalId);
        var body = Tenant.Registration(role, externalId);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        (await tenant.RegisterAnswerAsync(body, "?wait=20", key)).IsOpenRole(false, false);
        (await tenant.RegisterAnswerAsync(body, "?wait=20", key)).IsOpenRole(false, false);

        var another = body.DeepClone().AsObject();
        another["name"] = "Another";
        (await tenant.RegisterAnswerAsync(another, "", key)).IsOpenRole(false, false);
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Json["items"]!
            .AsArray()
            .Should()
            .BeEmpty();
    }

    private async Task<string> PutAsync(TrustPolicies.Of policy, string externalId)
    {
        var role = Tenant.NewRoleArn();
        await lab.Aws.PutRoleAsync(role, policy(externalId), Token);
        return role;
    }
}
