using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>A deployment asks for a check at once: what it is answered, and what is kept of that.</summary>
public sealed class OnDemandTests(Services services) : TrustLabTests(services)
{
    private static readonly StsReply Outage = new StsReply.Fault("InternalFailure", 500);

    [Theory]
    [InlineData("InternalFailure", 500)]
    [InlineData("Throttling", 400)]
    public async Task What_proves_nothing_is_answered_and_not_kept(string code, int status)
    {
        var app = await tenant.RegisterAsync(Token);
        lab.Sts.Answer(app.Role(), _ => new StsReply.Fault(code, status));

        var found = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

        found.Status().Should().Be("verified");
        found["verification"]!.Checks().Values.Should().OnlyContain(passed => passed == null);
        found["verification"]!.Detail("assume").Should().Contain(code);
        JsonNode
            .DeepEquals((await tenant.AppAsync(app.Id()))["verification"], app["verification"])
            .Should()
            .BeTrue("nothing was found");
        lab.Sts.PassOn(app.Role());
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task A_role_that_waits_is_proven_and_held_at_once()
    {
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(body.Role(), _ => Outage);
        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;
        await UntilTriedSeldomAsync(app, waiting => waiting);
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().BeNull();

        lab.Sts.PassOn(body.Role());
        var verified = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

        verified.Status().Should().Be("verified");
        verified["verification"]!.Checks().Values.Should().OnlyContain(passed => passed == true);
        (await tenant.CredentialsAsync(app.Id())).Is(200);
        (await lab.Table.RoleClaimAsync(body.Role(), Token))
            .Should()
            .Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_replacement_that_waits_is_proven_and_swapped_in_at_once()
    {
        var (app, next) = await WithReplacementAsync();

        lab.Sts.PassOn(next.Role());
        var swapped = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

        swapped.Role().Should().Be(next.Role());
        swapped.Status().Should().Be("verified");
        swapped["pendingReplacement"].Should().BeNull();
        await ShouldUseAsync(app, next.Role());
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().BeNull();
        (await lab.Table.RoleClaimAsync(next.Role(), Token))
            .Should()
            .Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_replacement_that_is_found_open_is_told_and_the_old_one_serves()
    {
        var (app, next) = await WithReplacementAsync();
        var open = TrustPolicies.Open["any External ID"].Policy("");
        await lab.Aws.PutRoleAsync(next.Role(), open, Token);

        lab.Sts.PassOn(next.Role());
        var found = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

        found.Role().Should().Be(app.Role());
        found.Status().Should().Be("verified");
        found["pendingReplacement"]!.Status().Should().Be("failed");
        found["pendingReplacement"]!["verification"]!
            .Checks()["wrong-external-id"]
            .Should()
            .BeFalse();
        await ShouldUseAsync(app, app.Role());
        (await lab.Table.RoleClaimAsync(next.Role(), Token)).Should().BeNull();
    }

    [Fact]
    public async Task A_role_that_serves_is_checked_also_while_its_replacement_waits_which_then_mends_the_app()
    {
        var (app, next) = await WithReplacementAsync();
        var open = TrustPolicies.Open["no condition at all"].Policy("");
        await lab.Aws.PutRoleAsync(app.Role(), open, Token);

        var failed = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

        failed.Status().Should().Be("failed");
        failed["pendingReplacement"]!.Status().Should().Be("pending");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");

        lab.Sts.PassOn(next.Role());
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("verified");
        await ShouldUseAsync(app, next.Role());
    }

    /// <summary>An app with a replacement of which STS says nothing.</summary>
    private async Task<(JsonObject App, JsonObject Next)> WithReplacementAsync()
    {
        var app = await tenant.RegisterAsync(Token);
        var next = await tenant.DeployAsync(Token);
        lab.Sts.Answer(next.Role(), _ => Outage);
        var waiting = (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200).Json;
        waiting["pendingReplacement"]!.Status().Should().Be("pending");
        await UntilTriedSeldomAsync(app, a => a["pendingReplacement"]!);
        return (app, next);
    }

    /// <summary>
    /// What has had no answer for ten minutes is tried about every ten minutes by itself, so whatever comes next comes of asking.
    /// </summary>
    private async Task UntilTriedSeldomAsync(JsonObject app, Func<JsonObject, JsonNode> what)
    {
        lab.Clock.Advance(TimeSpan.FromMinutes(12));
        var then = lab.Clock.GetUtcNow();
        await tenant.BecomesAsync(
            app.Id(),
            now => what(now)["verification"]!["checkedAt"]!.GetValue<DateTimeOffset>() > then
        );
    }

    private async Task ShouldUseAsync(JsonObject app, string role) =>
        (await tenant.CredentialsAsync(app.Id()))
            .Is(200)["assumedRoleArn"]
            .Should()
            .Contain($"/{role.Split('/')[1]}/");
}
