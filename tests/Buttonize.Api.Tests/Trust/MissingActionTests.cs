using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>A role that refuses: what its trust policy lacks is found out by asking for less, and said with the statement to paste.</summary>
public sealed class MissingActionTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private const string TagSession = "sts:TagSession";
    private const string SetSourceIdentity = "sts:SetSourceIdentity";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Dictionary<
        string,
        (TrustPolicies.Of Policy, string[] Missing)
    > Lacking = new(StringComparer.Ordinal)
    {
        ["no tags"] = (
            id => TrustPolicies.Whole(TrustPolicies.Guarded(id), Allow(SetSourceIdentity)),
            [TagSession]
        ),
        ["no source identity"] = (
            id => TrustPolicies.Whole(TrustPolicies.Guarded(id), Allow(TagSession)),
            [SetSourceIdentity]
        ),
        ["neither"] = (
            id => TrustPolicies.Whole(TrustPolicies.Guarded(id)),
            [TagSession, SetSourceIdentity]
        ),

        // sts:ExternalId does not exist for these two actions, so such a statement never applies to them.
        ["tags under the External ID condition"] = (
            id =>
                TrustPolicies.Whole(
                    TrustPolicies.Guarded(id),
                    UnderExternalId(id, TagSession),
                    Allow(SetSourceIdentity)
                ),
            [TagSession]
        ),
        ["everything in one statement"] = (
            id =>
                TrustPolicies.Whole(
                    UnderExternalId(id, "sts:AssumeRole", TagSession, SetSourceIdentity)
                ),
            [TagSession, SetSourceIdentity]
        ),
        ["tags of another key"] = (
            id =>
                TrustPolicies.Whole(
                    TrustPolicies.Guarded(id),
                    Allow(SetSourceIdentity),
                    TrustPolicies.Allow(
                        """{"ForAllValues:StringEquals":{"aws:TagKeys":["another"]}}""",
                        action: TagSession
                    )
                ),
            [TagSession]
        ),
    };

    public static TheoryData<string> Names => [.. Lacking.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_missing_is_named_and_its_statement_mends_the_role(string name)
    {
        var (policy, missing) = Lacking[name];
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        await lab.Aws.PutRoleAsync(role, policy(externalId), Token);

        var app = (await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId)))
            .Is(201)
            .Json;

        app.Status().Should().Be("pending");
        var verification = app["verification"]!;
        verification.MissingActions().Should().Equal(missing);
        verification.Checks()["assume"].Should().BeFalse();
        verification.Checks()["without-external-id"].Should().BeNull();
        verification.Checks()["wrong-external-id"].Should().BeNull();
        var refused = await tenant.CredentialsAsync(app.Id());
        refused.IsProblem(409, "app_not_verified");
        refused["detail"].Should().ContainAll(missing);

        // As the detail says: added to the policy as it is.
        var pasted = TrustCalls.Statements(verification.Detail("assume"), externalId);
        pasted.Should().ContainSingle();
        pasted[0]["Action"]!.AsArray().Select(a => a!.GetValue<string>()).Should().Equal(missing);
        var before = System.Text.Json.JsonSerializer.SerializeToNode(policy(externalId))!;
        JsonNode[] mended =
        [
            .. before["Statement"]!.AsArray().Select(s => s!.DeepClone()),
            .. pasted,
        ];
        await lab.Aws.PutRoleAsync(role, TrustPolicies.Whole(mended), Token);
        await tenant.BecomesAsync(app.Id(), "verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task Where_a_role_refuses_everything_nothing_is_known_to_be_missing_and_the_whole_policy_is_told()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));

        // A role that is not there is refused in the same words as one that trusts somebody else.
        var app = (await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId)))
            .Is(201)
            .Json;

        app.Status().Should().Be("pending");
        var verification = app["verification"]!;
        verification.MissingActions().Should().BeEmpty();
        verification.Checks()["assume"].Should().BeFalse();
        var pasted = TrustCalls.Statements(verification.Detail("assume"), externalId);
        pasted.Should().HaveCount(2);
        await lab.Aws.PutRoleAsync(role, TrustPolicies.Whole(pasted), Token);
        await tenant.BecomesAsync(app.Id(), "verified");
    }

    [Fact]
    public async Task Asking_for_less_differs_by_what_is_left_out_only()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));

        await tenant.RegisterAnswerAsync(Tenant.Registration(role, externalId));

        // A later try can have begun since.
        var calls = lab.Sts.Calls(role).Take(6).ToList();
        calls.Should().HaveCount(6);
        calls
            .Select(c => c.ExternalId == externalId)
            .Should()
            .Equal(true, false, false, true, true, true);
        calls.Select(c => c.Tags.Count).Should().Equal(5, 5, 5, 0, 5, 0);
        calls.Select(c => c.TransitiveTagKeys.Count).Should().Equal(5, 5, 5, 0, 5, 0);
        calls
            .Select(c => c.Form.ContainsKey("SourceIdentity"))
            .Should()
            .Equal(true, true, true, true, false, false);
        calls.Select(c => c.Form["RoleSessionName"]).Distinct().Should().ContainSingle();
    }

    private static JsonNode Allow(string action) => TrustPolicies.Allow(action: action);

    private static JsonNode UnderExternalId(string externalId, params string[] actions)
    {
        var statement = TrustPolicies.Guarded(externalId);
        statement["Action"] = new JsonArray([.. actions]);
        return statement;
    }
}
