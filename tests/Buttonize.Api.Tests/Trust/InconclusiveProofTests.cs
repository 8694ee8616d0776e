using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// Only <c>AccessDenied</c> is a refusal: whatever else STS says, or does not say, to any of the four calls proves nothing, for or
/// against a role. Each test has a lab of its own: what is throttled slows the proofs of a whole control plane down.
/// </summary>
public sealed class InconclusiveProofTests(Services services) : IAsyncLifetime
{
    private const int Calls = 4;

    private readonly TrustLab lab = new(services);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, StsReply> Faults = new(StringComparer.Ordinal)
    {
        ["Throttling"] = new StsReply.Fault("Throttling", 400),
        ["ThrottlingException"] = new StsReply.Fault("ThrottlingException", 400),
        ["InternalFailure"] = new StsReply.Fault("InternalFailure", 500),
        ["ServiceUnavailable"] = new StsReply.Fault("ServiceUnavailable", 503),
        ["AccessDenied of a proxy, without a code"] = new StsReply.Fault("", 403),
        ["ValidationError"] = new StsReply.Fault("ValidationError", 400),
        ["MalformedPolicyDocument"] = new StsReply.Fault("MalformedPolicyDocument", 400),
        ["RegionDisabledException"] = new StsReply.Fault("RegionDisabledException", 403),
        ["PackedPolicyTooLarge"] = new StsReply.Fault("PackedPolicyTooLarge", 400),
        ["ExpiredToken"] = new StsReply.Fault("ExpiredToken", 403),
        ["InvalidClientTokenId"] = new StsReply.Fault("InvalidClientTokenId", 403),
        ["SignatureDoesNotMatch"] = new StsReply.Fault("SignatureDoesNotMatch", 403),
        ["a hang"] = new StsReply.Hang(),
        ["a drop"] = new StsReply.Drop(),
    };

    public static TheoryData<string> Names => [.. Faults.Keys];

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_fault_of_any_call_proves_nothing_and_passes(string name)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var apps = new JsonObject[Calls];
        for (var call = 0; call < Calls; call++)
        {
            var body = await tenant.DeployAsync(Token);
            FailEach(body.Role(), call, Faults[name]);
            apps[call] = (await tenant.RegisterAnswerAsync(body)).Is(201).Json.AsObject();
        }

        for (var call = 0; call < Calls; call++)
        {
            apps[call].Status().Should().Be("pending", "call {0}", call);
            ShouldHaveDecidedUntil(call, apps[call]["verification"]!);
            (await tenant.CredentialsAsync(apps[call].Id())).IsProblem(409, "app_not_verified");
            (await lab.Table.RoleClaimAsync(apps[call].Role(), Token)).Should().BeNull();
            lab.Sts.PassOn(apps[call].Role());
        }

        await Task.WhenAll(apps.Select(app => tenant.BecomesAsync(app.Id(), "verified")));
        foreach (var app in apps)
        {
            (await tenant.CredentialsAsync(app.Id())).Is(200);
        }
    }

    /// <summary>A throttled probe is no refusal: this role takes any External ID, and must not pass for one that refuses.</summary>
    [Fact]
    public async Task An_open_role_whose_wrong_External_ID_probe_is_throttled_is_never_verified()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var (role, externalId) = (Tenant.NewRoleArn(), await tenant.NewExternalIdAsync(Token));
        var open = TrustPolicies.Open["any External ID"].Policy(externalId);
        await lab.Aws.PutRoleAsync(role, open, Token);
        FailEach(role, 2, new StsReply.Fault("Throttling", 400));
        var registration = Tenant.Registration(role, externalId);

        var app = (await tenant.RegisterAnswerAsync(registration, "?wait=3")).Is(201).Json;

        app.Status().Should().Be("pending");
        app["verification"]!
            .Checks()
            .Should()
            .Contain("without-external-id", true)
            .And.Contain("wrong-external-id", null);
        app["verification"]!.Detail("wrong-external-id").Should().Contain("(Throttling)");
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");

        lab.Sts.PassOn(role);
        var failed = await tenant.BecomesAsync(app.Id(), "failed");
        failed["verification"]!.Checks()["wrong-external-id"].Should().BeFalse();
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");
    }

    [Fact]
    public async Task A_role_that_is_refused_out_of_ignorance_is_not_verified()
    {
        // What was just deployed: an answer of one that knows the role, and then of others that do not yet.
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(
            body.Role(),
            call => call.Index % Calls == 0 ? null : new StsReply.Fault("AccessDenied", 403)
        );

        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;

        app.Status().Should().Be("pending");
        app["verification"]!.Checks()["assume"].Should().BeNull();
        (await lab.Table.RoleClaimAsync(body.Role(), Token)).Should().BeNull();
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "app_not_verified");

        lab.Sts.PassOn(body.Role());
        await tenant.BecomesAsync(app.Id(), "verified");
    }

    [Fact]
    public async Task Who_waits_is_answered_as_soon_as_the_fault_has_passed()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(
            body.Role(),
            call => call.Index == 0 ? new StsReply.Fault("InternalFailure", 500) : null
        );

        var app = (await tenant.RegisterAnswerAsync(body, "?wait=20")).Is(201).Json;

        app.Status().Should().Be("verified");
        lab.Sts.Calls(body.Role()).Should().HaveCount(1 + Calls);
    }

    /// <summary>Whatever was not decided is tried again by the schedule, not at once: retries would multiply.</summary>
    [Fact]
    public async Task A_faulty_call_ends_the_proof()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        for (var call = 0; call < Calls; call++)
        {
            var app = await tenant.RegisterAsync(Token);
            var before = lab.Sts.Calls(app.Role()).Count;
            FailEach(app.Role(), call, new StsReply.Fault("InternalFailure", 500), from: before);

            var verified = (await tenant.VerifyAsync(app.Id())).Is(200).Json;

            (lab.Sts.Calls(app.Role()).Count - before).Should().Be(call + 1);
            verified.Status().Should().Be("verified", "what was known stays known");
            ShouldHaveDecidedUntil(call, verified["verification"]!);
            lab.Sts.PassOn(app.Role());
        }
    }

    /// <summary>Each proof of a role comes as far as this call of its four.</summary>
    private void FailEach(string role, int call, StsReply reply, int from = 0) =>
        lab.Sts.Answer(role, c => (c.Index - from) % (call + 1) == call ? reply : null);

    private static void ShouldHaveDecidedUntil(int faulty, JsonNode verification)
    {
        var checks = verification.Checks();
        checks["assume"].Should().Be(faulty is 1 or 2 ? true : null, "call {0}", faulty);
        checks["without-external-id"].Should().Be(faulty > 1 ? true : null, "call {0}", faulty);
        checks["wrong-external-id"].Should().Be(faulty > 2 ? true : null, "call {0}", faulty);
        verification.MissingActions().Should().BeEmpty();
    }
}
