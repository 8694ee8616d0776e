namespace Buttonize.Api.Tests.Trust;

/// <summary>A role that was seen open is open for every app that uses it, however that was found out.</summary>
public sealed class OpenEverywhereTests(Services services) : TrustLabTests(services)
{
    private static object Open => TrustPolicies.Open["no condition at all"].Policy("");

    [Fact]
    public async Task A_check_of_one_app_stops_the_other_apps_of_the_role()
    {
        var (app, second) = await TwoAppsOfOneRoleAsync();
        await lab.Aws.PutRoleAsync(app.Role(), Open, Token);

        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Status().Should().Be("failed");

        (await tenant.CredentialsAsync(second.Id())).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task A_registration_that_is_refused_stops_the_apps_of_the_role()
    {
        var (app, second) = await TwoAppsOfOneRoleAsync();
        await lab.Aws.PutRoleAsync(app.Role(), Open, Token);
        var third = Tenant.Registration(app.Role(), await tenant.NewExternalIdAsync(Token));

        (await tenant.RegisterAnswerAsync(third)).Is(422);

        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
        (await tenant.CredentialsAsync(second.Id())).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task The_check_of_a_rotation_stops_the_app_that_serves()
    {
        var app = await tenant.RegisterAsync(Token);
        var next = Tenant.Registration(app.Role(), await tenant.NewExternalIdAsync(Token));
        (await tenant.ReplaceAnswerAsync(app.Id(), next)).Is(200);

        await lab.Aws.PutRoleAsync(app.Role(), Open, Token);

        await tenant.BecomesAsync(app.Id(), "failed");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task Checks_on_demand_at_the_same_time_all_answer_and_do_not_multiply()
    {
        var app = await tenant.RegisterAsync(Token);
        var before = lab.Sts.Calls(app.Role()).Count;

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => tenant.VerifyAsync(app.Id()))
        );

        answers.Should().AllSatisfy(answer => answer.Is(200));
        (lab.Sts.Calls(app.Role()).Count - before).Should().BeLessThanOrEqualTo(40);
    }

    private async Task<(
        System.Text.Json.Nodes.JsonObject First,
        System.Text.Json.Nodes.JsonObject Second
    )> TwoAppsOfOneRoleAsync()
    {
        var externalId = await tenant.NewExternalIdAsync(Token);
        var first = await tenant.RegisterAsync(Token, externalId: externalId);
        var second = (
            await tenant.RegisterAnswerAsync(Tenant.Registration(first.Role(), externalId))
        )
            .Is(201)
            .Json;
        second.Status().Should().Be("verified");
        return (first, second);
    }
}
