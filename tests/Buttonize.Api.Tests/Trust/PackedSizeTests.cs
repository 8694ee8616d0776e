using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Tests.Trust;

/// <summary>
/// How much goes into a session. The session policy's length is known when an app is registered; how STS packs it with the tags, STS
/// alone knows, and tells when the role is proven.
/// </summary>
public sealed class PackedSizeTests(TrustLab lab) : IClassFixture<TrustLab>
{
    private const string Prefix = "arn:aws:lambda:eu-central-1:123456789012:function:";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(40, false)]
    [InlineData(79, false)]
    [InlineData(80, true)]
    [InlineData(85, true)]
    [InlineData(100, true)]
    public async Task From_80_percent_of_the_packed_size_the_app_is_warned(int percent, bool warned)
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        lab.Sts.Answer(body.Role(), _ => new StsReply.Packed(percent));

        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;

        app.Status().Should().Be("verified");
        app.Warnings().Should().Equal(warned ? ["session_nearly_full"] : []);
        if (warned)
        {
            app["warnings"]![0]!["detail"]!.GetValue<string>().Should().Contain($" {percent} %");
        }

        (await tenant.AppAsync(app.Id())).Warnings().Should().Equal(app.Warnings());
        lab.Sts.PassOn(body.Role());
        (await tenant.VerifyAsync(app.Id())).Is(200).Json.Warnings().Should().BeEmpty();
    }

    [Fact]
    public async Task A_session_that_STS_does_not_pack_is_a_warning_and_the_role_is_proven_all_the_same()
    {
        // Names without any pattern, which no packing makes smaller.
        var functions = Enumerable
            .Range(0, 16)
            .Select(_ => Prefix + RandomNumberGenerator.GetString(Letters, 64))
            .ToArray();
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        body["functionArns"] = new JsonArray([.. functions]);
        body["restrictSessionToFunctions"] = true;

        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;

        app.Status().Should().Be("verified");
        app.Warnings().Should().Equal("session_too_large");
        var calls = lab.Sts.Calls(body.Role());
        calls.Select(c => c.Status).Should().Equal(400, 200, 403, 403, 200);
        calls.Select(c => c.Policy is null).Should().Equal(false, true, true, true, true);
        (await tenant.CredentialsAsync(app.Id())).IsProblem(409, "session_too_large");

        // As the warning says.
        body["functionArns"] = new JsonArray([.. functions.Take(2)]);
        var mended = (await tenant.ReplaceAnswerAsync(app.Id(), body)).Is(200).Json;
        mended.Warnings().Should().BeEmpty();
        (await tenant.CredentialsAsync(app.Id())).Is(200);
    }

    [Fact]
    public async Task A_role_is_no_less_open_for_a_session_policy_that_STS_does_not_pack()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        body["functionArns"] = new JsonArray(Prefix + "discounts");
        body["restrictSessionToFunctions"] = true;
        var open = TrustPolicies.Open["any External ID"].Policy("");
        await lab.Aws.PutRoleAsync(body.Role(), open, Token);
        lab.Sts.Answer(
            body.Role(),
            call => call.Policy is null ? null : new StsReply.Fault("PackedPolicyTooLarge", 400)
        );

        (await tenant.RegisterAnswerAsync(body)).IsOpenRole(true, false);
    }

    [Fact]
    public async Task A_session_policy_over_the_limit_is_refused_with_its_count()
    {
        var tenant = await Tenant.CreateAsync(lab.ControlPlane, Token);
        var body = await tenant.DeployAsync(Token);
        body["restrictSessionToFunctions"] = true;
        body["functionArns"] = FunctionsOfPolicy(2048);
        var app = (await tenant.RegisterAnswerAsync(body)).Is(201).Json;
        app.Status().Should().Be("verified");
        lab.Sts.Calls(body.Role())[0].Policy!.Length.Should().Be(2048);

        body["functionArns"] = FunctionsOfPolicy(2049);
        foreach (
            var answer in new[]
            {
                await tenant.RegisterAnswerAsync(body),
                await tenant.ReplaceAnswerAsync(app.Id(), body),
            }
        )
        {
            answer.IsProblem(400, "validation_failed", "restrictSessionToFunctions");
            answer.Json["errors"]!["restrictSessionToFunctions"]![0]!
                .GetValue<string>()
                .Should()
                .Contain("2049")
                .And.Contain("2048");
        }

        // They are no limit where no session policy is made of them.
        body["restrictSessionToFunctions"] = false;
        (await tenant.RegisterAnswerAsync(body)).Is(201);
    }

    /// <summary>Functions whose session policy has so many characters.</summary>
    private static JsonArray FunctionsOfPolicy(int length)
    {
        var functions = Enumerable.Range(10, 20).Select(i => $"{Prefix}discounts-{i}").ToList();
        while (SessionPolicy.For([.. functions, Prefix]).Length + 64 < length)
        {
            functions.Add($"{Prefix}discounts-{functions.Count + 10}");
        }

        var rest = length - SessionPolicy.For([.. functions, Prefix]).Length;
        return [.. functions, Prefix + new string('d', rest)];
    }
}
