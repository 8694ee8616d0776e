using System.Globalization;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>A role is proven again and again: what changes after onboarding is found, and what is mended is found mended.</summary>
public sealed class ReverificationTests(Services services) : TrustLabTests(services)
{
    private string externalId = null!;
    private JsonObject app = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        externalId = await tenant.NewExternalIdAsync(Token);
        app = await tenant.RegisterAsync(Token, externalId: externalId);
        app.Status().Should().Be("verified");
    }

    [Theory]
    [InlineData("a second statement without condition", "without its External ID")]
    [InlineData("the External ID or any", "with a wrong External ID")]
    public async Task Drift_is_found_by_itself_and_stops_issuing_until_it_is_found_mended(
        string drift,
        string reason
    )
    {
        await WeakenAsync(drift);
        (await tenant.CredentialsAsync(app.Id())).Is(200);

        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        var failed = await tenant.BecomesAsync(app.Id(), "failed");

        failed["verification"]!.Checks().Values.Should().Contain(false);
        failed["verification"]!["checkedAt"]!
            .GetValue<DateTimeOffset>()
            .Should()
            .BeCloseTo(lab.Clock.GetUtcNow(), TimeSpan.FromSeconds(30));
        var refused = (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        refused["detail"].Should().Contain(reason);
        Log("is not used any more").Should().ContainSingle(line => line.Contains(reason));
        (await MetricAsync("failed")).Should().Be(1);

        // It stays its organization's all the same: nobody else gets it meanwhile.
        (await lab.Table.RoleClaimAsync(app.Role(), Token))
            .Should()
            .Be((tenant.OrganizationId, 1));
        var other = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var squatter = await other.RegisterAnswerAsync(
            Tenant.Registration(app.Role(), await other.NewExternalIdAsync(Token))
        );
        squatter.Is(201).Json.Status().Should().Be("pending");

        await MendAsync();
        lab.Clock.Advance(TimeSpan.FromMinutes(1));
        await tenant.BecomesAsync(app.Id(), "verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task On_demand_drift_is_found_and_found_mended_at_once()
    {
        await WeakenAsync("no condition at all");
        var failed = (await tenant.VerifyAsync(app.Id())).Is(200).Json;
        failed.Status().Should().Be("failed");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().Be((tenant.OrganizationId, 1));

        await MendAsync();
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
        (await lab.Table.RoleClaimAsync(app.Role(), Token)).Should().Be((tenant.OrganizationId, 1));
    }

    [Fact]
    public async Task A_role_that_was_open_is_not_used_again_before_it_is_proven_again()
    {
        await WeakenAsync("no condition at all");
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");

        await lab.Aws.RefuseAsync(app.Role(), Token);
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");
        lab.Sts.Answer(app.Role(), _ => new StsReply.Fault("InternalFailure", 500));
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");

        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task An_STS_outage_changes_nothing_and_hides_nothing_for_good()
    {
        foreach (
            var (outage, after) in new (StsReply, TimeSpan)[]
            {
                (new StsReply.Hang(), TimeSpan.FromMinutes(1)),
                (new StsReply.Fault("ServiceUnavailable", 503), TimeSpan.FromMinutes(6)),
            }
        )
        {
            lab.Sts.Answer(app.Role(), _ => outage);
            await lab.AdvanceToCheckAsync(app.Id(), after, Token);

            var now = await tenant.AppAsync(app.Id());
            now.Status().Should().Be("verified");
            now.Warnings().Should().BeEmpty();
            JsonNode
                .DeepEquals(now["verification"], app["verification"])
                .Should()
                .BeTrue("nothing was found");
        }

        // Meanwhile the role was weakened.
        await WeakenAsync("no condition at all");
        lab.Sts.PassOn(app.Role());
        (await tenant.CredentialsAsync(app.Id())).Is(200);
        lab.Clock.Advance(TimeSpan.FromMinutes(6));
        await tenant.BecomesAsync(app.Id(), "failed");
    }

    [Fact]
    public async Task Three_refusals_in_a_row_are_a_warning_and_issuing_goes_on()
    {
        await lab.Aws.RefuseAsync(app.Role(), Token);
        await RefusedAsync(warned: false);
        await RefusedAsync(warned: false);
        await MendAsync();
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Warnings().Should().BeEmpty();

        // It begins anew, and whoever checks, the schedule or somebody who asks.
        await lab.Aws.RefuseAsync(app.Role(), Token);
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(11), Token);
        await RefusedAsync(warned: false);
        await RefusedAsync(warned: true);
        Log("times in a row").Should().ContainSingle();

        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "role_refused");
        await MendAsync();
        var mended = (await tenant.VerifyAsync(app.Id())).Is(200).Json;
        mended.Status().Should().Be("verified");
        mended.Warnings().Should().BeEmpty();
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task A_role_that_refuses_for_days_is_warned_of_once_and_not_laid_to_the_control_plane()
    {
        await lab.Aws.RefuseAsync(app.Role(), Token);
        TimeSpan[] periods =
        [
            TimeSpan.FromMinutes(1),
            TimeSpan.FromMinutes(11),
            TimeSpan.FromMinutes(11),
            TimeSpan.FromHours(27),
            TimeSpan.FromHours(27),
            TimeSpan.FromHours(27),
        ];
        foreach (var (index, period) in periods.Index())
        {
            await lab.AdvanceToCheckAsync(app.Id(), period, Token);

            var refused = await tenant.AppAsync(app.Id());
            refused.Status().Should().Be("verified");
            refused.Warnings().Should().Equal(index >= 2 ? ["role_refuses"] : []);
        }

        Log("\"Id\":1503").Should().ContainSingle();
        lab.ControlPlane.Watch.Log.Should().NotContain(line => line.Contains("\"Id\":1505"));

        await MendAsync();
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromHours(27), Token);
        (await tenant.AppAsync(app.Id())).Warnings().Should().BeEmpty();
    }

    [Fact]
    public async Task An_outage_between_drift_and_its_mending_restores_nothing()
    {
        await WeakenAsync("any External ID");
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(1), Token);
        var failed = await tenant.AppAsync(app.Id());
        failed.Status().Should().Be("failed");
        Log("\"Id\":1501").Should().ContainSingle();

        lab.Sts.Answer(app.Role(), _ => new StsReply.Drop());
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(2), Token);
        JsonNode
            .DeepEquals((await tenant.AppAsync(app.Id()))["verification"], failed["verification"])
            .Should()
            .BeTrue("nothing was found");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");

        lab.Sts.PassOn(app.Role());
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(6), Token);
        (await tenant.AppAsync(app.Id())).Status().Should().Be("failed", "it is open still");

        await MendAsync();
        await lab.AdvanceToCheckAsync(app.Id(), TimeSpan.FromMinutes(3), Token);
        (await tenant.AppAsync(app.Id())).Status().Should().Be("verified");
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    private async Task RefusedAsync(bool warned)
    {
        var found = (await tenant.VerifyAsync(app.Id())).Is(200).Json;
        found.Status().Should().Be("verified");
        found["verification"]!.Checks()["assume"].Should().BeFalse();
        found.Warnings().Should().Equal(warned ? ["role_refuses"] : []);
    }

    private Task WeakenAsync(string policy) =>
        lab.Aws.PutRoleAsync(app.Role(), TrustPolicies.Open[policy].Policy(externalId), Token);

    private Task MendAsync() =>
        lab.Aws.PutRoleAsync(app.Role(), LocalAwsClient.TrustPolicy([externalId]), Token);

    private IEnumerable<string> Log(string text) =>
        lab.ControlPlane.Watch.Log.Where(line =>
            line.Contains(app.Id(), StringComparison.Ordinal)
            && line.Contains(text, StringComparison.Ordinal)
        );

    /// <summary>How many checks came to a status; metrics are kept for a moment between two scrapes.</summary>
    private async Task<int> MetricAsync(string status)
    {
        var line = await Eventually.HoldsAsync(
            async () =>
                (await lab.ControlPlane.Anonymous().GetAnswerAsync("/metrics", Token))
                    .Is(200)
                    .Text.Split('\n')
                    .SingleOrDefault(l =>
                        l.StartsWith("buttonize_apps_verification_total", StringComparison.Ordinal)
                        && l.Contains($"status=\"{status}\"", StringComparison.Ordinal)
                    ),
            found => found is not null,
            TrustCalls.Limit,
            Token
        );
        return int.Parse(line!.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
