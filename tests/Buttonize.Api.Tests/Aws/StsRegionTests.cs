using Buttonize.Api.Tests.Trust;

namespace Buttonize.Api.Tests.Aws;

/// <summary>
/// What STS is asked, and where, while one Region does not serve: sessions go on by the next one, and no fault multiplies the calls. The two
/// Regions are two proxies before one AWS.
/// </summary>
public sealed class StsRegionTests(Services services) : IAsyncLifetime
{
    private readonly TrustLab lab = new(services);
    private StsProxy fallback = null!;
    private ControlPlane controlPlane = null!;
    private Tenant tenant = null!;
    private string app = null!;
    private string role = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await lab.InitializeAsync();
        fallback = await StsProxy.StartAsync(services.Aws, Token);
        await StartAsync(
            new()
            {
                ["Buttonize:Sts:FallbackRegions:0"] = "eu-west-1",
                ["AWS_ENDPOINT_URL_STS_EU_WEST_1"] = fallback.Address.ToString(),
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await lab.DisposeAsync();
        await fallback.DisposeAsync();
    }

    public static TheoryData<string> Outages => ["error", "drop", "hang"];

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task A_Region_that_does_not_serve_is_left_for_the_next_one(string outage)
    {
        lab.Sts.Answer(
            role,
            _ =>
                outage switch
                {
                    "error" => new StsReply.Fault("InternalFailure", 500),
                    "drop" => new StsReply.Drop(),
                    _ => new StsReply.Hang(),
                }
        );

        var answers = await OneAfterAnotherAsync(12);

        answers.Should().OnlyContain(a => a.Status == 200);
        answers[0].Headers.RetryAfter.Should().BeNull();
        Sessions(fallback).Should().Be(12);
        // Three find out, and then it is not asked but for a trial now and then.
        Sessions(lab.Sts).Should().BeInRange(3, 5);
    }

    /// <summary>All that it served in the minute before must not keep a Region that is down in use.</summary>
    [Fact]
    public async Task A_busy_Region_is_left_as_fast_as_one_that_serves_few()
    {
        (await OneAfterAnotherAsync(60)).Should().OnlyContain(a => a.Status == 200);
        lab.Clock.Advance(TimeSpan.FromSeconds(3));
        lab.Sts.Answer(role, _ => new StsReply.Fault("ServiceUnavailable", 503));

        var answers = await OneAfterAnotherAsync(20);

        // Five find out, for three of which the budget has another call.
        answers.Count(a => a.Status == 200).Should().BeGreaterThanOrEqualTo(17);
        Sessions(lab.Sts).Should().BeLessThanOrEqualTo(60 + 5 + 1);
    }

    [Fact]
    public async Task A_Region_that_serves_again_is_asked_again()
    {
        lab.Sts.Answer(role, _ => new StsReply.Fault("ServiceUnavailable", 503));
        (await OneAfterAnotherAsync(4)).Should().OnlyContain(a => a.Status == 200);
        lab.Sts.PassOn(role);
        var before = Sessions(lab.Sts);

        await Eventually.HoldsAsync(
            () => tenant.CredentialsAsync(app),
            answer => answer.Is(200).Status == 200 && Sessions(lab.Sts) >= before + 2,
            TimeSpan.FromSeconds(30),
            Token
        );
    }

    [Fact]
    public async Task A_disabled_Region_is_remembered_for_the_account_and_a_role_is_proven_elsewhere()
    {
        lab.Sts.Answer(role, _ => new StsReply.Fault("RegionDisabledException", 403));

        (await OneAfterAnotherAsync(10)).Should().OnlyContain(a => a.Status == 200);

        Sessions(lab.Sts).Should().Be(1);
        Sessions(fallback).Should().Be(10);
        var verified = (await tenant.VerifyAsync(app)).Is(200).Json;
        verified["verification"]!["checks"]!
            .AsArray()
            .Should()
            .OnlyContain(c => c!["passed"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("Throttling", 400, 503, "sts_throttled")]
    [InlineData("AccessDenied", 403, 409, "role_refused")]
    [InlineData("ExpiredToken", 403, 503, "control_plane_credentials")]
    [InlineData("PackedPolicyTooLarge", 400, 409, "session_too_large")]
    public async Task What_another_Region_would_say_as_well_is_not_asked_there(
        string code,
        int status,
        int answerStatus,
        string answerCode
    )
    {
        lab.Sts.Answer(role, _ => new StsReply.Fault(code, status));

        (await tenant.CredentialsAsync(app)).IsProblem(answerStatus, answerCode);

        Sessions(fallback).Should().Be(0);
    }

    [Fact]
    public async Task Where_all_Regions_fail_the_answer_says_so_in_time()
    {
        lab.Sts.Answer(role, _ => new StsReply.Hang());
        fallback.Answer(role, _ => new StsReply.Hang());
        var clock = System.Diagnostics.Stopwatch.StartNew();

        (await tenant.CredentialsAsync(app)).IsProblem(503, "sts_unavailable");

        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(6));
    }

    /// <summary>With and without another Region, and whether the fault is STS's or the wire's.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Of_an_STS_that_fails_half_of_its_calls_little_more_than_one_is_asked_a_request(
        bool withFallback,
        bool drops
    )
    {
        const int requests = 150;
        if (!withFallback)
        {
            await StartAsync([]);
        }

        StsReply fault = drops ? new StsReply.Drop() : new StsReply.Fault("InternalFailure", 500);
        lab.Sts.Answer(role, call => call.Index % 2 == 0 ? fault : null);
        fallback.Answer(role, call => call.Index % 2 == 0 ? fault : null);

        var answers = new List<ApiAnswer>();
        for (var batch = 0; batch < requests / 10; batch++)
        {
            answers.AddRange(
                await Task.WhenAll(
                    Enumerable.Range(0, 10).Select(_ => tenant.CredentialsAsync(app))
                )
            );
        }

        foreach (var refused in answers.Where(a => a.Status != 200))
        {
            refused.IsProblem(503, "sts_unavailable");
        }

        answers.Count(a => a.Status == 200).Should().BeGreaterThan(requests / 4);
        (Sessions(lab.Sts) + Sessions(fallback))
            .Should()
            .BeInRange(requests / 2, requests * 12 / 10);
    }

    [Fact]
    public async Task A_refusing_role_is_not_asked_again_by_the_same_request_for_a_while()
    {
        var everyone = await tenant.MakeGroupAsync("Everybody", ["*"], Token);
        var other = await JoinedMember.JoinAsync(tenant, [everyone], Token);
        lab.Sts.Answer(role, _ => new StsReply.Fault("AccessDenied", 403));

        foreach (var answer in await OneAfterAnotherAsync(3))
        {
            answer.IsProblem(409, "role_refused");
        }

        Sessions(lab.Sts).Should().Be(1);

        // A trust policy can tell people apart: another one is asked for.
        (await tenant.CredentialsAsync(app, other.Client)).IsProblem(409, "role_refused");
        Sessions(lab.Sts).Should().Be(2);

        // Whoever mends the role and has it checked need not wait.
        lab.Sts.PassOn(role);
        (await tenant.CredentialsAsync(app)).IsProblem(409, "role_refused");
        (await tenant.VerifyAsync(app)).Is(200);
        (await tenant.CredentialsAsync(app)).Is(200);
    }

    [Fact]
    public async Task Whoever_hangs_up_takes_nothing_of_what_others_may_repeat_and_is_no_refusal()
    {
        await StartAsync([]);
        await HangUpAsync(5);

        // Two failures, and so two further calls, of the three that the budget begins with.
        var next = lab.Sts.Calls(role).Count;
        lab.Sts.Answer(
            role,
            call => call.Index - next is 0 or 1 ? new StsReply.Fault("InternalFailure", 500) : null
        );
        (await tenant.CredentialsAsync(app)).Is(200);
        var metrics = (await controlPlane.Anonymous().GetAnswerAsync("/metrics", Token)).Is(200);
        metrics.Text.Should().MatchRegex("buttonize_sts_errors_total.*InternalFailure");
        metrics.Text.Should().NotMatchRegex("buttonize_credentials_total.*sts_unavailable");
    }

    /// <summary>Callers who wait for less than a call may take must not make a dead Region look alive.</summary>
    [Fact]
    public async Task A_Region_that_hangs_is_left_though_every_caller_has_gone_by_then()
    {
        await HangUpAsync(5);

        await Eventually.HoldsAsync(
            async () =>
            {
                var before = Sessions(lab.Sts);
                var answer = await tenant.CredentialsAsync(app);
                return answer.Status == 200 && Sessions(lab.Sts) == before;
            },
            served => served,
            TimeSpan.FromSeconds(15),
            Token
        );
        Sessions(lab.Sts).Should().BeLessThanOrEqualTo(5 + 2);
    }

    /// <summary>People ask, the Region hangs, and they go, one after the other.</summary>
    private async Task HangUpAsync(int times)
    {
        lab.Sts.Answer(role, _ => new StsReply.Hang());
        for (var call = 1; call <= times; call++)
        {
            using var gone = new CancellationTokenSource();
            var path = new Uri($"{tenant.Root}/apps/{app}/credentials", UriKind.Relative);
            var asking = tenant.Owner.PostAsync(path, null, gone.Token);
            await Eventually.HoldsAsync(
                () => Task.FromResult(Sessions(lab.Sts)),
                calls => calls == call,
                TimeSpan.FromSeconds(20),
                Token
            );
            await gone.CancelAsync();
            await asking.Invoking(a => a).Should().ThrowAsync<OperationCanceledException>();
        }
    }

    private async Task StartAsync(Dictionary<string, string?> settings)
    {
        settings["Buttonize:Limits:CredentialsPerUserPerMinute"] = "1000";
        settings["Buttonize:Limits:AssumeRolePerOrganizationPerSecond"] = "1000";
        settings["Buttonize:Limits:AssumeRolePerSecond"] = "1000";
        controlPlane = lab.Start(settings);
        tenant = await Tenant.CreateAsync(controlPlane, Token);
        var registered = await tenant.RegisterAsync(Token);
        (app, role) = (registered.Id(), registered.Role());
    }

    private async Task<IReadOnlyList<ApiAnswer>> OneAfterAnotherAsync(int count)
    {
        var answers = new List<ApiAnswer>();
        for (var call = 0; call < count; call++)
        {
            answers.Add(await tenant.CredentialsAsync(app));
        }

        return answers;
    }

    /// <summary>The calls for sessions of people, without those of proofs.</summary>
    private int Sessions(StsProxy sts) =>
        sts.Calls(role).Count(c => c.Tags["buttonize-user-id"] != "trust-probe");
}
