using System.Net;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Access.OidcProvider;

/// <summary>Real people at a real provider: discovery, sign-in, tokens without names, UserInfo, rotation.</summary>
public sealed class CertifiedProviderTests(Services services)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_provider_that_nobody_here_wrote_signs_people_in()
    {
        if (CertifiedProvider.Missing() is { } missing)
        {
            Assert.Skip(missing);
        }

        await using var provider = await CertifiedProvider.StartAsync(Token);
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Authentication:Schemes:Bearer:Authority"] = provider.Issuer,
                ["Authentication:Schemes:Bearer:ValidAudience"] = provider.Audience,
            }
        );

        // The access token has neither name nor e-mail; both come from UserInfo.
        var ada = await provider.SignInAsync("ada", Token);
        Claims(ada, "access_token")
            .Select(c => c.Key)
            .Should()
            .NotContain(["email", "preferred_username"]);
        var me = (await MeAsync(controlPlane, ada)).Is(200);
        me["userName"].Should().Be("ada");
        me["email"].Should().Be("ada@example.com");

        // An ID token is for the page, not for an API.
        (await MeAsync(controlPlane, ada, "id_token")).IsProblem(401, "unauthenticated");

        // Her address is verified, so she can be invited; Grace's is not.
        var tenant = await Tenant.CreateAsync(
            controlPlane,
            controlPlane.WithToken(ada["access_token"]!.GetValue<string>()),
            Token
        );
        var grace = await provider.SignInAsync("grace", Token);
        var graceClient = controlPlane.WithToken(grace["access_token"]!.GetValue<string>());
        var invitation = await Tenant.PostAsync(
            tenant.Owner,
            $"{tenant.Root}/invitations",
            new { email = "grace@example.com" },
            Token
        );
        (
            await graceClient.CallAsync(
                HttpMethod.Post,
                $"/v1/invitations/{invitation["invitationId"]}/acceptance",
                null,
                Token
            )
        ).IsProblem(403, "forbidden");

        // New keys: a token under them counts within seconds, and one under the old ones does not any more.
        await provider.RotateAsync(Token);
        var again = await provider.SignInAsync("ada", Token);
        var back = await Eventually.HoldsAsync(
            () => MeAsync(controlPlane, again),
            answer => answer.Status == (int)HttpStatusCode.OK,
            TimeSpan.FromSeconds(30),
            Token
        );
        back["userId"].Should().Be(me["userId"]);
        (await MeAsync(controlPlane, ada)).IsProblem(401, "unauthenticated");
    }

    private static Task<ApiAnswer> MeAsync(
        ControlPlane controlPlane,
        JsonObject tokens,
        string kind = "access_token"
    ) => controlPlane.WithToken(tokens[kind]!.GetValue<string>()).GetAnswerAsync("/v1/me", Token);

    private static JsonObject Claims(JsonObject tokens, string kind) =>
        JsonNode
            .Parse(
                System.Buffers.Text.Base64Url.DecodeFromChars(
                    tokens[kind]!.GetValue<string>().Split('.')[1]
                )
            )!
            .AsObject();
}
