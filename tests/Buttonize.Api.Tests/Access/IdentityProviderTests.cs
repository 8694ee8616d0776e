using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Buttonize.Api.Tests.Access;

/// <summary>Tokens as Cognito, Auth0, Entra ID, Okta and Keycloak document them, with the settings of docs/identity-providers.md.</summary>
public sealed class IdentityProviderTests(Services services)
{
    private const string Client = "1example23456789";
    private const string Api = "https://buttonize.example/api";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A provider's settings, access token and UserInfo, and what the control plane makes of them.</summary>
    private sealed record Shape(
        (string Key, string Value)[] Settings,
        JsonObject Claims,
        string? Type,
        JsonObject? UserInfo,
        string Name,
        string? Email,
        bool CanBeInvited
    );

    private static Shape Of(string provider) =>
        provider switch
        {
            // No aud, no name, no e-mail; UserInfo has email_verified as text.
            "Cognito" => new Shape(
                [
                    ("Authentication:Schemes:Bearer:ValidAudience", Client),
                    ("Buttonize:Authentication:ClientIdAsAudience", "true"),
                ],
                new JsonObject
                {
                    ["sub"] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                    ["client_id"] = Client,
                    ["origin_jti"] = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee",
                    ["event_id"] = "cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee",
                    ["token_use"] = "access",
                    ["scope"] = "openid email",
                    ["auth_time"] = 1676312777,
                    ["jti"] = "dddddddd-bbbb-cccc-dddd-eeeeeeeeeeee",
                    ["username"] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                },
                null,
                new JsonObject
                {
                    ["sub"] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                    ["email_verified"] = "true",
                    ["email"] = "jane@example.com",
                    ["username"] = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                },
                "jane@example.com",
                "jane@example.com",
                true
            ),
            // Two audiences, of which the second is UserInfo.
            "Auth0" => new Shape(
                [("Authentication:Schemes:Bearer:ValidAudience", Api)],
                new JsonObject
                {
                    ["sub"] = "auth0|123456789012345678901234",
                    ["aud"] = new JsonArray(Api, "https://tenant.eu.auth0.com/userinfo"),
                    ["azp"] = Client,
                    ["scope"] = "openid profile email",
                },
                "JWT",
                new JsonObject
                {
                    ["sub"] = "auth0|123456789012345678901234",
                    ["nickname"] = "jane",
                    ["name"] = "Jane Doe",
                    ["email"] = "jane@example.com",
                    ["email_verified"] = true,
                },
                "jane@example.com",
                "jane@example.com",
                true
            ),
            // UserInfo is Microsoft Graph's and takes no token of another API; the claims are optional claims of the access token.
            "Entra ID" => new Shape(
                [
                    (
                        "Authentication:Schemes:Bearer:ValidAudience",
                        "6e74172b-be56-4843-9ff4-e66a39bb12e3"
                    ),
                    ("Buttonize:Authentication:RequiredScope", "access_as_user"),
                    ("Buttonize:Authentication:EmailVerifiedClaims:0", "xms_edov"),
                ],
                new JsonObject
                {
                    ["sub"] = "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
                    ["aud"] = "6e74172b-be56-4843-9ff4-e66a39bb12e3",
                    ["azp"] = "87654321-0000-0000-0000-000000000000",
                    ["azpacr"] = "0",
                    ["name"] = "Jane Doe",
                    ["oid"] = "690222be-ff1a-4d56-abd1-7e4f7d38e474",
                    ["preferred_username"] = "jane@example.com",
                    ["scp"] = "access_as_user",
                    ["tid"] = "72f988bf-86f1-41af-91ab-2d7cd011db47",
                    ["ver"] = "2.0",
                    ["email"] = "jane@example.com",
                    ["xms_edov"] = true,
                },
                "JWT",
                null,
                "jane@example.com",
                "jane@example.com",
                true
            ),
            // The subject of an access token is set to the user's id, as UserInfo has it; scp is a list.
            "Okta" => new Shape(
                [("Authentication:Schemes:Bearer:ValidAudience", "api://default")],
                new JsonObject
                {
                    ["sub"] = "00u1abcd2EFGHIJKL3m4",
                    ["aud"] = "api://default",
                    ["ver"] = 1,
                    ["cid"] = "0oa1abcd2EFGHIJKL3m4",
                    ["uid"] = "00u1abcd2EFGHIJKL3m4",
                    ["scp"] = new JsonArray("openid", "profile", "email"),
                    ["auth_time"] = 1676312777,
                    ["jti"] = "AT.abc",
                },
                null,
                new JsonObject
                {
                    ["sub"] = "00u1abcd2EFGHIJKL3m4",
                    ["name"] = "Jane Doe",
                    ["preferred_username"] = "jane@example.com",
                    ["email"] = "jane@example.com",
                    ["email_verified"] = true,
                },
                "jane@example.com",
                "jane@example.com",
                true
            ),
            "Keycloak" => new Shape(
                [("Authentication:Schemes:Bearer:ValidAudience", "buttonize")],
                new JsonObject
                {
                    ["sub"] = "f1d7b1f0-2a2b-4f6f-9b7e-0123456789ab",
                    ["aud"] = new JsonArray("buttonize", "account"),
                    ["typ"] = "Bearer",
                    ["azp"] = "console",
                    ["scope"] = "openid profile email",
                    ["email_verified"] = true,
                    ["name"] = "Jane Doe",
                    ["preferred_username"] = "jane",
                    ["email"] = "jane@example.com",
                },
                "JWT",
                null,
                "jane",
                "jane@example.com",
                true
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(provider)),
        };

    [Theory]
    [InlineData("Cognito")]
    [InlineData("Auth0")]
    [InlineData("Entra ID")]
    [InlineData("Okta")]
    [InlineData("Keycloak")]
    public async Task A_provider_s_documented_tokens_name_their_person(string name)
    {
        var shape = Of(name);
        await using var controlPlane = Start(shape);
        var provider = controlPlane.Provider;
        if (shape.UserInfo is { } userInfo)
        {
            provider.UserInfo = _ => Task.FromResult(Results.Json(userInfo));
        }
        else if (name == "Entra ID")
        {
            provider.UserInfo = _ => Task.FromResult(Results.StatusCode(401));
        }

        var me = (await MeAsync(controlPlane, Sign(provider, shape))).Is(200);

        me["userName"].Should().Be(shape.Name);
        me.Json["email"]?.GetValue<string>().Should().Be(shape.Email);
        (await CanAcceptAsync(controlPlane, Sign(provider, shape), shape.Email!))
            .Should()
            .Be(shape.CanBeInvited);
    }

    [Theory]
    [InlineData("Cognito")]
    [InlineData("Auth0")]
    [InlineData("Entra ID")]
    [InlineData("Okta")]
    [InlineData("Keycloak")]
    public async Task A_provider_s_token_for_something_else_is_refused(string name)
    {
        var shape = Of(name);
        await using var controlPlane = Start(shape);
        foreach (var audience in (string?[])["something-else", "", null])
        {
            var token = Sign(
                controlPlane.Provider,
                shape,
                claims =>
                {
                    claims.Remove("aud");
                    if (name == "Cognito")
                    {
                        claims["client_id"] = audience;
                    }
                    else if (audience is not null)
                    {
                        claims["aud"] = audience;
                    }
                }
            );
            (await MeAsync(controlPlane, token)).IsProblem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task A_client_counts_as_audience_only_where_that_is_configured_and_the_token_has_none()
    {
        var shape = Of("Cognito");
        await using var off = Start(shape with { Settings = [shape.Settings[0]] });
        (await MeAsync(off, Sign(off.Provider, shape))).IsProblem(401, "unauthenticated");

        await using var on = Start(shape);
        foreach (
            var audience in (JsonNode?[])
                ["another-api", new JsonArray("another-api"), new JsonArray(), ""]
        )
        {
            var token = Sign(on.Provider, shape, c => c["aud"] = audience?.DeepClone());
            (await MeAsync(on, token)).IsProblem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task An_address_that_its_provider_does_not_call_verified_does_not_count()
    {
        var shape = Of("Keycloak");
        await using var controlPlane = Start(shape);
        foreach (var verified in (JsonNode?[])[false, "false", null, 1, "yes"])
        {
            var token = Sign(
                controlPlane.Provider,
                shape,
                c => c["email_verified"] = verified?.DeepClone()
            );
            (await CanAcceptAsync(controlPlane, token, "jane@example.com"))
                .Should()
                .BeFalse($"{verified}");
        }
    }

    private ControlPlane Start(Shape shape) =>
        ControlPlane.Start(
            services,
            shape.Settings.ToDictionary(s => s.Key, s => (string?)s.Value)
        );

    private static string Sign(
        OpenIdProvider provider,
        Shape shape,
        Action<JsonObject>? change = null
    )
    {
        var claims = shape.Claims.DeepClone().AsObject();
        var now = TimeProvider.System.GetUtcNow();
        claims["iss"] = provider.Issuer;
        claims["iat"] = now.ToUnixTimeSeconds();
        claims["exp"] = now.AddHours(1).ToUnixTimeSeconds();
        change?.Invoke(claims);
        return OpenIdProvider.Sign(
            claims,
            provider.Key,
            header =>
            {
                header.Remove("typ");
                if (shape.Type is not null)
                {
                    header["typ"] = shape.Type;
                }
            }
        );
    }

    private static Task<ApiAnswer> MeAsync(ControlPlane controlPlane, string token) =>
        controlPlane.WithToken(token).GetAnswerAsync("/v1/me", Token);

    /// <summary>Whether an invitation to the address can be accepted with the token.</summary>
    private static async Task<bool> CanAcceptAsync(
        ControlPlane controlPlane,
        string token,
        string email
    )
    {
        var owner = controlPlane.WithToken(
            OpenIdProvider.Sign(
                controlPlane.Provider.Claims(
                    "owner",
                    change: c =>
                    {
                        c["aud"] = Audience(controlPlane);
                        c["scope"] = "access_as_user";
                    }
                ),
                controlPlane.Provider.Key
            )
        );
        var organization = await Tenant.PostAsync(
            owner,
            "/v1/organizations",
            new { name = "Inviting" },
            Token
        );
        var invitation = await Tenant.PostAsync(
            owner,
            $"/v1/organizations/{organization["organizationId"]}/invitations",
            new { email },
            Token
        );
        var answer = await controlPlane
            .WithToken(token)
            .CallAsync(
                HttpMethod.Post,
                $"/v1/invitations/{invitation["invitationId"]}/acceptance",
                null,
                Token
            );
        answer.Status.Should().BeOneOf(200, 403);
        return answer.Status == 200;
    }

    private static string Audience(ControlPlane controlPlane) =>
        (
            (Microsoft.Extensions.Configuration.IConfiguration)
                controlPlane.Services.GetService(
                    typeof(Microsoft.Extensions.Configuration.IConfiguration)
                )!
        )["Authentication:Schemes:Bearer:ValidAudience"]!;
}
