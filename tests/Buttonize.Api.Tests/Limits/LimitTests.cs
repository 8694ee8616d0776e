using Buttonize.Api.Tests.Trust;

namespace Buttonize.Api.Tests.Limits;

/// <summary>
/// Who asks too often is told so, with a time to come back; whoever else is there does not notice. STS is behind a wire that counts: what was
/// refused never reached it.
/// </summary>
public sealed class LimitTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_person_gets_so_many_new_sessions_a_minute_in_all_organizations_together()
    {
        var controlPlane = lab.Start(
            new() { ["Buttonize:Limits:CredentialsPerUserPerMinute"] = "3" }
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var everyone = await tenant.MakeGroupAsync("Everybody", ["*"], Token);
        var other = await JoinedMember.JoinAsync(tenant, [everyone], Token);

        var answers = await AtOnceAsync(10, () => tenant.CredentialsAsync(app.Id()));

        answers.Count(a => a.Status == 200).Should().Be(3);
        ShouldBeLimited(answers.Where(a => a.Status != 200), seconds: 60);
        lab.Sts.Calls(app.Role()).Where(c => !IsProbe(c)).Should().HaveCount(3);
        (await tenant.CredentialsAsync(app.Id(), other.Client)).Is(200);
        await ShouldCountAsync(controlPlane, "user", 7);
    }

    [Fact]
    public async Task One_organization_has_so_many_calls_a_second_and_the_others_have_theirs()
    {
        var controlPlane = lab.Start(
            new() { ["Buttonize:Limits:AssumeRolePerOrganizationPerSecond"] = "4" }
        );
        var (noisy, quiet) = (
            await Tenant.CreateAsync(controlPlane, Token),
            await Tenant.CreateAsync(controlPlane, Token)
        );
        var (noisyApp, quietApp) = (
            await noisy.RegisterAsync(Token),
            await quiet.RegisterAsync(Token)
        );

        var flood = AtOnceAsync(30, () => noisy.CredentialsAsync(noisyApp.Id()));
        (await quiet.CredentialsAsync(quietApp.Id())).Is(200);
        var answers = await flood;

        // The flood may take more than a second on a busy machine; each second has its four.
        var passed = answers.Count(a => a.Status == 200);
        passed.Should().BeInRange(4, 20);
        ShouldBeLimited(answers.Where(a => a.Status != 200), seconds: 1);
        lab.Sts.Calls(noisyApp.Role()).Where(c => !IsProbe(c)).Should().HaveCount(passed);
        await ShouldCountAsync(controlPlane, "organization", 30 - passed);
    }

    [Fact]
    public async Task The_whole_process_has_so_many_calls_a_second()
    {
        var controlPlane = lab.Start(new() { ["Buttonize:Limits:AssumeRolePerSecond"] = "6" });
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);

        var answers = await AtOnceAsync(40, () => tenant.CredentialsAsync(app.Id()));

        answers.Count(a => a.Status == 200).Should().BeInRange(1, 24);
        ShouldBeLimited(answers.Where(a => a.Status != 200), seconds: 1);
    }

    [Fact]
    public async Task Registrations_replacements_and_checks_share_a_limit_and_cost_STS_nothing_beyond_it()
    {
        var controlPlane = lab.Start(
            new() { ["Buttonize:Limits:RegistrationsPerOrganizationPerMinute"] = "3" }
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var other = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var body = await tenant.DeployAsync(Token);
        (await tenant.VerifyAsync(app.Id())).Is(200);
        (await tenant.RegisterAnswerAsync(body)).Is(201);

        ShouldBeLimited([await tenant.RegisterAnswerAsync(body)], seconds: 60);
        ShouldBeLimited([await tenant.VerifyAsync(app.Id())], seconds: 60);
        ShouldBeLimited(
            [
                await tenant.Deployment.CallAsync(
                    HttpMethod.Put,
                    $"/v1/apps/{app.Id()}",
                    body,
                    Token
                ),
            ],
            seconds: 60
        );

        // What was mistyped was no registration, and reads are not limited.
        (await tenant.Deployment.CallAsync(HttpMethod.Post, "/v1/apps", new { }, Token)).IsProblem(
            400,
            "validation_failed"
        );
        (await tenant.Deployment.GetAnswerAsync($"/v1/apps/{app.Id()}", Token)).Is(200);
        await other.RegisterAsync(Token);
    }

    [Fact]
    public async Task External_IDs_are_limited_by_themselves()
    {
        var controlPlane = lab.Start(
            new() { ["Buttonize:Limits:RegistrationsPerOrganizationPerMinute"] = "2" }
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        await tenant.NewExternalIdAsync(Token);

        var answer = await tenant.Deployment.CallAsync(
            HttpMethod.Post,
            "/v1/external-ids",
            null,
            Token
        );

        ShouldBeLimited([answer], seconds: 60);
        (await tenant.VerifyAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task One_person_owns_so_many_organizations_also_when_all_are_made_at_once()
    {
        var controlPlane = lab.Start(new() { ["Buttonize:Limits:OrganizationsPerUser"] = "3" });
        var person = await JoinedMember.SignInAsync(controlPlane, Token);
        Task<ApiAnswer> MakeAsync() =>
            person.Client.CallAsync(
                HttpMethod.Post,
                "/v1/organizations",
                new { name = "One more" },
                Token
            );

        var answers = await AtOnceAsync(8, MakeAsync);

        var made = answers.Where(a => a.Status == 201).ToList();
        made.Should().HaveCount(3);
        ShouldBeLimited(answers.Where(a => a.Status != 201 && a.Status != 503), seconds: 3600);
        ShouldBeLimited([await MakeAsync()], seconds: 3600);

        // A membership of somebody else's is none of them; and who lets go of one may make another.
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        await JoinedMember.JoinAsync(tenant, Token, person.Subject);
        (
            await person.Client.CallAsync(
                HttpMethod.Delete,
                $"/v1/organizations/{made[0]["organizationId"]}",
                null,
                Token
            )
        ).Is(204);
        (await MakeAsync()).Is(201);
    }

    [Fact]
    public async Task Two_instances_share_what_one_person_may_have()
    {
        var first = lab.Start(new() { ["Buttonize:Limits:CredentialsPerUserPerMinute"] = "20" });
        var settings = first.SharedSettings();
        settings["Buttonize:Limits:CredentialsPerUserPerMinute"] = "20";
        var second = lab.Start(settings);
        var tenant = await Tenant.CreateAsync(first, Token);
        var app = await tenant.RegisterAsync(Token);
        var elsewhere = second.WithToken(
            tenant.Owner.DefaultRequestHeaders.Authorization!.Parameter!
        );

        (await AtOnceAsync(20, () => tenant.CredentialsAsync(app.Id())))
            .Should()
            .OnlyContain(a => a.Status == 200);

        // A second or two later the other instance knows; what it lets pass until then is little beside the limit.
        var passed = 0;
        var last = await Eventually.HoldsAsync(
            async () =>
            {
                var answer = await tenant.CredentialsAsync(app.Id(), elsewhere);
                passed += answer.Status == 200 ? 1 : 0;
                await Task.Delay(TimeSpan.FromMilliseconds(400), Token);
                return answer;
            },
            answer => answer.Status == 429,
            TimeSpan.FromSeconds(20),
            Token
        );

        ShouldBeLimited([last], seconds: 60);
        passed.Should().BeLessThan(20);
    }

    private static bool IsProbe(StsCall call) => call.Tags["buttonize-user-id"] == "trust-probe";

    private static async Task<IReadOnlyList<ApiAnswer>> AtOnceAsync(
        int count,
        Func<Task<ApiAnswer>> call
    ) => await Task.WhenAll(Enumerable.Range(0, count).Select(_ => call()));

    private static void ShouldBeLimited(IEnumerable<ApiAnswer> answers, int seconds)
    {
        foreach (var answer in answers)
        {
            answer.IsProblem(429, "rate_limited");
            answer
                .Headers.RetryAfter!.Delta.Should()
                .BeGreaterThan(TimeSpan.Zero)
                .And.BeLessThanOrEqualTo(TimeSpan.FromSeconds(seconds));
        }
    }

    private static async Task ShouldCountAsync(
        ControlPlane controlPlane,
        string limit,
        int count
    ) =>
        await Eventually.HoldsAsync(
            () => controlPlane.Anonymous().GetStringAsync("/metrics", Token),
            metrics =>
                System.Text.RegularExpressions.Regex.IsMatch(
                    metrics,
                    $$"""buttonize_rate_limited_total\{[^}]*limit="{{limit}}"[^}]*\} {{count}}\b"""
                ),
            TimeSpan.FromSeconds(10),
            Token
        );
}
