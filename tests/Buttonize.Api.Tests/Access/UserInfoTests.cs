using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Buttonize.Api.Tests.Access;

/// <summary>What access tokens leave out is asked for at UserInfo, which nobody has to wait for.</summary>
public sealed class UserInfoTests(Services services)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_token_says_itself_is_not_asked_for_and_not_replaced()
    {
        await using var controlPlane = ControlPlane.Start(services);
        controlPlane.Provider.UserInfo = _ =>
            Task.FromResult(Results.Json(Answer("jane", "other-name", "other@example.com")));

        var whole = await MeAsync(
            controlPlane,
            controlPlane.Provider.Token("jane", "jane", c => c["email"] = "jane@example.com")
        );
        controlPlane.Provider.UserInfoCalls.Should().Be(0);
        whole["userName"].Should().Be("jane");

        var withoutEmail = await MeAsync(controlPlane, controlPlane.Provider.Token("jane", "jane"));
        controlPlane.Provider.UserInfoCalls.Should().Be(1);
        withoutEmail["userName"].Should().Be("jane");
        withoutEmail["email"].Should().Be("other@example.com");
    }

    [Fact]
    public async Task It_is_asked_once_however_many_calls_there_are_and_with_the_caller_s_own_token()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var token = Nameless(controlPlane.Provider, "jane");
        var sent = new List<string?>();
        controlPlane.Provider.UserInfo = request =>
        {
            lock (sent)
            {
                sent.Add(request.Headers.Authorization);
            }

            return Task.FromResult(Results.Json(Answer("jane", "Jane", "jane@example.com")));
        };

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => MeAsync(controlPlane, token))
        );

        answers.Should().OnlyContain(a => a["userName"] == "Jane");
        sent.Should().Equal($"Bearer {token}");
    }

    [Fact]
    public async Task An_answer_about_somebody_else_is_no_answer()
    {
        await using var controlPlane = ControlPlane.Start(services);
        foreach (var subject in (string?[])["somebody-else", "JANE", "", null])
        {
            var provider = controlPlane.Provider;
            var asked = $"jane-{Guid.NewGuid():N}";
            provider.UserInfo = _ =>
                Task.FromResult(Results.Json(Answer(subject, "Mallory", "mallory@example.com")));

            var me = await MeAsync(controlPlane, Nameless(provider, asked));

            me["userName"].Should().Be(asked);
            me.Json["email"].Should().BeNull();
        }
    }

    [Theory]
    [InlineData("redirect")]
    [InlineData("jwt")]
    [InlineData("html")]
    [InlineData("no object")]
    [InlineData("no JSON")]
    [InlineData("too large")]
    [InlineData("401")]
    [InlineData("500")]
    public async Task A_UserInfo_endpoint_that_does_not_serve_makes_no_call_fail(string how)
    {
        await using var controlPlane = ControlPlane.Start(services);
        var good = Answer("jane", "Jane", "jane@example.com").ToJsonString();
        controlPlane.Provider.UserInfo = request =>
            Task.FromResult(
                how switch
                {
                    "redirect" => Results.Redirect($"{request.Path}/elsewhere"),
                    "jwt" => Results.Text(good, "application/jwt"),
                    "html" => Results.Text(good, "text/html"),
                    "no object" => Results.Text($"[{good}]", "application/json"),
                    "no JSON" => Results.Text(good[1..], "application/json"),
                    "too large" => Results.Text(good + new string(' ', 70_000), "application/json"),
                    var status => Results.StatusCode(
                        int.Parse(status, System.Globalization.CultureInfo.InvariantCulture)
                    ),
                }
            );

        (await MeAsync(controlPlane, Nameless(controlPlane.Provider, "jane")))
            .Is(200)["userName"]
            .Should()
            .Be("jane");
        (await MeAsync(controlPlane, Nameless(controlPlane.Provider, "jane")))
            .Is(200)["userName"]
            .Should()
            .Be("jane");
        controlPlane.Provider.UserInfoCalls.Should().Be(1, "a failure is remembered for a while");
    }

    [Fact]
    public async Task While_it_does_not_answer_the_last_known_name_stands_in_and_nobody_waits_for_long()
    {
        await using var controlPlane = ControlPlane.Start(services);
        await using var second = ControlPlane.Start(services, controlPlane.SharedSettings());
        var provider = controlPlane.Provider;
        provider.UserInfo = _ =>
            Task.FromResult(Results.Json(Answer("jane", "Jane", "jane@example.com")));
        (await MeAsync(controlPlane, Nameless(provider, "jane")))["userName"].Should().Be("Jane");
        var never = new TaskCompletionSource<IResult>();
        provider.UserInfo = request => never.Task.WaitAsync(request.HttpContext.RequestAborted);

        // The other instance has asked nothing yet. Its answer is there before UserInfo's, which never comes.
        var me = (await MeAsync(second, Nameless(provider, "jane"))).Is(200);

        me["userName"].Should().Be("Jane");
        me["email"].Should().Be("jane@example.com");
        provider.UserInfoCalls.Should().Be(2);
    }

    [Fact]
    public async Task The_record_follows_the_token_and_an_older_token_does_not_turn_it_back()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var member = await JoinedMember.JoinAsync(tenant, Token, "jane");
        var (older, newer) = (At(-100, "Jane Older"), At(100, "Jane Newer"));

        (await MeAsync(controlPlane, newer))["userName"].Should().Be("Jane Newer");
        (await RecordedAsync()).Should().Be("Jane Newer");

        // The session's name is the token's own; what others see is the latest.
        (await MeAsync(controlPlane, older))["userName"]
            .Should()
            .Be("Jane Older");
        (await RecordedAsync()).Should().Be("Jane Newer");
        await using var second = ControlPlane.Start(services, controlPlane.SharedSettings());
        (await MeAsync(second, older))["userName"].Should().Be("Jane Older");
        (await RecordedAsync()).Should().Be("Jane Newer");

        string At(int seconds, string name) =>
            controlPlane.Provider.Token(
                "jane",
                name,
                c =>
                {
                    c["iat"] =
                        TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + Math.Min(seconds, 5);
                    c["email"] = member.Email;
                }
            );

        async Task<string> RecordedAsync() =>
            (await tenant.Owner.GetAnswerAsync($"{tenant.Root}/members/{member.UserId}", Token)).Is(
                200
            )["userName"];
    }

    private static JsonObject Answer(string? subject, string name, string email) =>
        new()
        {
            ["sub"] = subject,
            ["preferred_username"] = name,
            ["email"] = email,
            ["email_verified"] = true,
        };

    private static string Nameless(OpenIdProvider provider, string subject) =>
        provider.Token(subject, claims: c => c.Remove("preferred_username"));

    private static Task<ApiAnswer> MeAsync(ControlPlane controlPlane, string token) =>
        controlPlane.WithToken(token).GetAnswerAsync("/v1/me", Token);
}
