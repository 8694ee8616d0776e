using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// The fifteen known ways in which vendors that hold customers' roles have failed, by number and name, one test each. What is more to
/// say of one is in a class of its own; here is where to begin. First, what becomes an app's role: modes 1 to 7, and 14.
/// </summary>
public sealed partial class FailureModeTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All policies: <see cref="TrustPolicyTests"/>.</summary>
    [Fact]
    public async Task Mode_01_a_role_that_can_be_assumed_without_an_External_ID_is_refused()
    {
        var (tenant, body) = await OpenAsync("the External ID if there is one");

        (await tenant.RegisterAnswerAsync(body)).IsOpenRole(false, true);

        (await AppsAsync(tenant)).Should().BeEmpty();
    }

    /// <summary>All policies: <see cref="TrustPolicyTests"/>.</summary>
    [Fact]
    public async Task Mode_02_a_role_that_can_be_assumed_with_a_random_External_ID_is_refused()
    {
        var (tenant, body) = await OpenAsync("any External ID");

        (await tenant.RegisterAnswerAsync(body)).IsOpenRole(true, false);

        (await AppsAsync(tenant)).Should().BeEmpty();
    }

    /// <summary>More: <see cref="ReplacementTests"/>.</summary>
    [Fact]
    public async Task Mode_03_another_External_ID_is_proven_before_it_is_used_and_an_empty_one_is_refused()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var changed = Tenant.Registration(app.Role(), await tenant.NewExternalIdAsync(Token));
        var emptied = Tenant.Registration(app.Role(), "");

        (await tenant.ReplaceAnswerAsync(app.Id(), emptied)).IsProblem(
            400,
            "validation_failed",
            "externalId"
        );
        (await tenant.ReplaceAnswerAsync(app.Id(), changed)).Is(200).Json["pendingReplacement"]!
            .Status()
            .Should()
            .Be("pending");

        (await tenant.CredentialsAsync(app.Id())).Is(200);
        LastSession(app.Role()).ExternalId.Should().Be(externalId);
    }

    /// <summary>More: <see cref="SquattingTests"/>.</summary>
    [Fact]
    public async Task Mode_04_another_tenants_role_under_its_own_External_ID_is_refused_and_tells_nothing()
    {
        var (a, app, externalId) = await RegisterAsync();
        var b = await Tenant.CreateAsync(lab.ControlPlane, Token);

        var answer = await b.RegisterAnswerAsync(Tenant.Registration(app.Role(), externalId));

        answer.Is(201).Json.Status().Should().Be("pending");
        answer.Text.Should().NotContain(a.OrganizationId).And.NotContain(app.Id());
        (await b.CredentialsAsync(answer.Json.Id())).IsProblem(409, "app_not_verified");
        lab.Sts.Calls(app.Role())
            .Where(c => c.Tags.Values.Contains(b.OrganizationId))
            .Should()
            .NotBeEmpty()
            .And.NotContain(c => c.ExternalId == externalId);
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().Be((a.OrganizationId, 1));
    }

    /// <summary>More: <see cref="ReplacementTests"/>.</summary>
    [Fact]
    public async Task Mode_05_another_role_is_proven_before_it_is_used()
    {
        var (tenant, app, _) = await RegisterAsync();
        var next = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));

        var waiting = (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200).Json;

        waiting["pendingReplacement"]!.Status().Should().Be("pending");
        (await tenant.CredentialsAsync(app.Id()))
            .Is(200)["assumedRoleArn"]
            .Should()
            .Contain($":assumed-role/{app.Role().Split('/')[1]}/");
        lab.Sts.Calls(next.Role())
            .Should()
            .OnlyContain(c =>
                c.Form["RoleSessionName"]
                    .StartsWith("btnz__trust-probe__", StringComparison.Ordinal)
            );
    }

    /// <summary>Every route: <see cref="Access.TenancyTests"/>.</summary>
    [Fact]
    public async Task Mode_06_the_organizations_of_record_route_and_caller_must_be_the_same()
    {
        var (a, app, _) = await RegisterAsync();
        var (b, other, _) = await RegisterAsync();
        var before = Sessions(app.Role()) + Sessions(other.Role());

        foreach (
            var (caller, organization, id) in new[]
            {
                (b.Owner, a.OrganizationId, app.Id()),
                (b.Owner, b.OrganizationId, app.Id()),
                (b.Owner, a.OrganizationId, other.Id()),
                (a.Owner, b.OrganizationId, app.Id()),
            }
        )
        {
            var path = $"/v1/organizations/{organization}/apps/{id}/credentials";
            (await caller.CallAsync(HttpMethod.Post, path, null, Token)).IsProblem(
                404,
                "not_found"
            );
        }

        (Sessions(app.Role()) + Sessions(other.Role())).Should().Be(before);
    }

    [Fact]
    public async Task Mode_07_a_role_of_the_control_planes_own_account_is_refused_and_not_tried()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var own =
            $"arn:aws:iam::{LocalAwsClient.ControlPlaneAccount}:role/Admin-{Guid.NewGuid():N}";
        await lab.Aws.TrustAsync(own, externalId, Token);
        var body = Tenant.Registration(own, externalId);

        (await tenant.RegisterAnswerAsync(body)).IsProblem(
            400,
            "validation_failed",
            "executionRoleArn"
        );
        (await tenant.ReplaceAnswerAsync(app.Id(), body)).IsProblem(
            400,
            "validation_failed",
            "executionRoleArn"
        );

        lab.Sts.Calls(own).Should().BeEmpty();
    }

    /// <summary>More: <see cref="ReverificationTests"/>.</summary>
    [Fact]
    public async Task Mode_14_a_role_that_was_weakened_after_onboarding_is_not_used_any_more()
    {
        var (tenant, app, externalId) = await RegisterAsync();
        var open = TrustPolicies.Open["a second statement without condition"].Policy(externalId);
        await lab.Aws.PutRoleAsync(app.Role(), open, Token);

        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");

        var issued = Sessions(app.Role());
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        Sessions(app.Role()).Should().Be(issued);
    }

    private async Task<(Tenant Tenant, JsonObject App, string ExternalId)> RegisterAsync()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var app = await tenant.RegisterAsync(Token, externalId: externalId);
        app.Status().Should().Be("verified");
        return (tenant, app, externalId);
    }

    private async Task<(Tenant Tenant, JsonObject Body)> OpenAsync(string policy)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        await lab.Aws.PutRoleAsync(role, TrustPolicies.Open[policy].Policy(externalId), Token);
        return (tenant, Tenant.Registration(role, externalId));
    }

    private static async Task<JsonArray> AppsAsync(Tenant tenant) =>
        (await tenant.Deployment.GetAnswerAsync("/v1/apps", Token)).Is(200).Json[
            "items"
        ]!.AsArray();

    private StsCall LastSession(string role) => SessionCalls(role).Last();

    private int Sessions(string role) => SessionCalls(role).Count();

    private IEnumerable<StsCall> SessionCalls(string role) =>
        lab
            .Sts.Calls(role)
            .Where(c =>
                !c.Form["RoleSessionName"].StartsWith("btnz__trust", StringComparison.Ordinal)
            );
}
