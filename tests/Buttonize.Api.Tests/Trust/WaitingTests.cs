using System.Diagnostics;

namespace Buttonize.Api.Tests.Trust;

/// <summary>Callers that wait for a verdict, keys whose first use is at work, and External IDs that are waited for in vain.</summary>
public sealed class WaitingTests(Services services) : TrustLabTests(services)
{
    [Fact]
    public async Task A_role_that_comes_while_the_caller_waits_is_verified_in_the_answer()
    {
        var body = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var answer = tenant.RegisterAnswerAsync(body, "?wait=20");
        await UntilTriedAsync(body.Role());

        await lab.Aws.TrustAsync(body.Role(), body["externalId"]!.GetValue<string>(), Token);

        (await answer).Is(201).Json.Status().Should().Be("verified");
    }

    [Fact]
    public async Task A_replacement_that_is_proven_while_the_caller_waits_is_swapped_in_the_answer()
    {
        var app = await tenant.RegisterAsync(Token);
        var body = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var answer = tenant.ReplaceAnswerAsync(app.Id(), body, "?wait=20");
        await UntilTriedAsync(body.Role());

        await lab.Aws.TrustAsync(body.Role(), body["externalId"]!.GetValue<string>(), Token);

        var replaced = (await answer).Is(200).Json;
        replaced["pendingReplacement"].Should().BeNull();
        replaced.Role().Should().Be(body.Role());
    }

    [Fact]
    public async Task Who_waits_in_vain_is_answered_after_the_wait_that_they_asked_for()
    {
        var body = Tenant.Registration(Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var watch = Stopwatch.StartNew();

        var app = (await tenant.RegisterAnswerAsync(body, "?wait=2")).Is(201).Json;

        watch.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(2));
        app.Status().Should().Be("pending");
    }

    [Fact]
    public async Task A_host_that_stops_answers_those_who_wait()
    {
        var stopping = lab.Start([]);
        var customer = await Tenant.CreateAsync(stopping, Token);
        using var table = lab.TableOf(stopping);
        var body = Tenant.Registration(
            Tenant.NewRoleArn(),
            await customer.NewExternalIdAsync(Token)
        );
        var answer = customer.RegisterAnswerAsync(body, "?wait=20");
        await Eventually.HoldsAsync(
            () => table.FindAsync("ORGANIZATION#", Token, "APP#"),
            apps => apps.Count == 1,
            TrustCalls.Limit,
            Token
        );
        var watch = Stopwatch.StartNew();

        await stopping.DisposeAsync();

        (await answer).Is(201).Json.Status().Should().Be("pending");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task While_the_first_use_of_a_key_is_at_work_others_are_told_so()
    {
        var body = await tenant.DeployAsync(Token);
        var other = body.DeepClone().AsObject();
        other["name"] = "Other";
        lab.Sts.Answer(body.Role(), _ => new StsReply.Hang());
        var first = tenant.RegisterAnswerAsync(body, "", ("Idempotency-Key", "key"));
        await UntilTriedAsync(body.Role());

        var second = await tenant.RegisterAnswerAsync(body, "", ("Idempotency-Key", "key"));
        var third = await tenant.RegisterAnswerAsync(other, "", ("Idempotency-Key", "key"));

        second.IsProblem(409, "request_in_progress");
        second.Headers.RetryAfter!.Delta.Should().BePositive();
        third.IsProblem(422, "idempotency_key_reused");
        lab.Sts.PassOn(body.Role());
        var app = (await first).Is(201)["appId"];
        (await tenant.RegisterAnswerAsync(body, "", ("Idempotency-Key", "key")))
            .Is(201)["appId"]
            .Should()
            .Be(app);
    }

    [Fact]
    public async Task An_External_ID_that_is_not_used_is_kept_for_its_organization_for_48_hours()
    {
        var other = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var externalId = await tenant.NewExternalIdAsync(Token);
        var body = await other.DeployAsync(Token, externalId: externalId);

        lab.Clock.Advance(TimeSpan.FromHours(47));
        var early = (await other.RegisterAnswerAsync(body)).Is(201).Json;
        await other.Deployment.CallAsync(HttpMethod.Delete, $"/v1/apps/{early.Id()}", null, Token);
        lab.Clock.Advance(TimeSpan.FromHours(1));
        var late = (await other.RegisterAnswerAsync(body)).Is(201).Json;

        early.Status().Should().Be("pending", "it is somebody else's");
        late.Status().Should().Be("verified", "it is nobody's any more");
    }

    private async Task UntilTriedAsync(string role) =>
        await Eventually.HoldsAsync(
            () => Task.FromResult(lab.Sts.Calls(role)),
            calls => calls.Count > 0,
            TrustCalls.Limit,
            Token
        );
}
