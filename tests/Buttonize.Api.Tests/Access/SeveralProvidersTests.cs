using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Access;

/// <summary>Several OpenID providers at once: nothing of one ever counts for another's token.</summary>
public sealed class SeveralProvidersTests(Services services)
{
    private const string OtherAudience = "other-audience";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_provider_s_tokens_count_with_its_own_keys_and_audience_only()
    {
        await using var controlPlane = Start(out var other);
        var first = controlPlane.Provider;

        (await MeAsync(controlPlane, first.Token("jane"))).Is(200);
        (await MeAsync(controlPlane, other.Token("jane", claims: ForOther))).Is(200);

        // Audiences are not pooled.
        (await MeAsync(controlPlane, first.Token("jane", claims: ForOther))).IsProblem(
            401,
            "unauthenticated"
        );
        (await MeAsync(controlPlane, other.Token("jane"))).IsProblem(401, "unauthenticated");

        // Nor are keys: each one's tokens under the other one's key.
        (
            await MeAsync(controlPlane, OpenIdProvider.Sign(first.Claims("jane"), other.Key))
        ).IsProblem(401, "unauthenticated");
        (
            await MeAsync(
                controlPlane,
                OpenIdProvider.Sign(other.Claims("jane", change: ForOther), first.Key)
            )
        ).IsProblem(401, "unauthenticated");

        // Nor does it help to publish a key of the other's.
        first.Publish(other.Key);
        (
            await MeAsync(controlPlane, OpenIdProvider.Sign(other.Claims("jane"), other.Key))
        ).IsProblem(401, "unauthenticated");

        foreach (
            var issuer in (string?[])
                [
                    "https://unknown.example",
                    "",
                    null,
                    other.Issuer + "/",
                    other.Issuer.ToUpperInvariant(),
                ]
        )
        {
            var token = other.Token(
                "jane",
                claims: c =>
                {
                    ForOther(c);
                    c["iss"] = issuer;
                }
            );
            (await MeAsync(controlPlane, token)).IsProblem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task A_provider_does_not_speak_for_another_issuer_by_naming_it_in_its_discovery_document()
    {
        await using var controlPlane = Start(out _);
        const string Victim = "https://former-provider.example";
        controlPlane.Provider.ClaimedIssuer = Victim;

        var token = controlPlane.Provider.Token("jane", claims: c => c["iss"] = Victim);
        (await MeAsync(controlPlane, token)).IsProblem(401, "unauthenticated");

        // Nor does a single provider whose issuer is configured.
        await using var single = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Authentication:Schemes:Bearer:ValidIssuer"] = "https://mine.example",
            }
        );
        single.Provider.ClaimedIssuer = Victim;
        (
            await MeAsync(single, single.Provider.Token("jane", claims: c => c["iss"] = Victim))
        ).IsProblem(401, "unauthenticated");
        (
            await MeAsync(
                single,
                single.Provider.Token("jane", claims: c => c["iss"] = "https://mine.example")
            )
        ).Is(200);
    }

    [Fact]
    public async Task The_same_subject_at_two_providers_is_two_people()
    {
        await using var controlPlane = Start(out var other);

        var here = (await MeAsync(controlPlane, controlPlane.Provider.Token("jane"))).Is(200);
        var there = (await MeAsync(controlPlane, other.Token("jane", claims: ForOther))).Is(200);

        there["userId"].Should().NotBe(here["userId"]);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_none_of_the_others_business()
    {
        await using var controlPlane = Start(out var other);
        other.Down = true;

        (await MeAsync(controlPlane, controlPlane.Provider.Token("jane"))).Is(200);
        (await MeAsync(controlPlane, other.Token("jane", claims: ForOther))).IsProblem(
            503,
            "identity_provider_unavailable"
        );
        (await MeAsync(controlPlane, controlPlane.Provider.Token("jane"))).Is(200);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("Other", false)]
    [InlineData("Bearer", true)]
    public async Task A_provider_that_is_not_trusted_for_e_mail_lets_nobody_accept(
        string? untrusted,
        bool accepted
    )
    {
        await using var controlPlane = Start(out var other, untrusted);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var invitation = await Tenant.PostAsync(
            tenant.Owner,
            $"{tenant.Root}/invitations",
            new { email = "jane@example.com" },
            Token
        );
        var jane = controlPlane.WithToken(
            other.Token(
                "jane",
                claims: c =>
                {
                    ForOther(c);
                    JoinedMember.Verified(c, "jane@example.com");
                }
            )
        );

        (await jane.GetAnswerAsync("/v1/me", Token))["email"].Should().Be("jane@example.com");
        (await jane.GetAnswerAsync("/v1/invitations", Token)).Is(200).Json["items"]!
            .AsArray()
            .Should()
            .HaveCount(accepted ? 1 : 0);
        (
            await jane.CallAsync(
                HttpMethod.Post,
                $"/v1/invitations/{invitation["invitationId"]}/acceptance",
                null,
                Token
            )
        ).Is(accepted ? 200 : 403);
    }

    [Theory]
    [InlineData(
        "Buttonize:Authentication:Schemes:0",
        "Bearer",
        "Buttonize:Authentication:Schemes names 'Bearer' twice"
    )]
    [InlineData("Buttonize:Authentication:Schemes:0", "ApiKey", "no name for a provider's scheme")]
    [InlineData(
        "Buttonize:Authentication:Schemes:0",
        "Unconfigured",
        "Authentication:Schemes:Unconfigured:ValidAudience is missing"
    )]
    [InlineData(
        "Buttonize:Authentication:UntrustedEmailSchemes:0",
        "Nobody",
        "UntrustedEmailSchemes names 'Nobody'"
    )]
    [InlineData(
        "Authentication:Schemes:Twin:Authority",
        "https://id.example.com/",
        "have the same issuer"
    )]
    public async Task A_wrong_setting_stops_the_start_with_one_line(
        string key,
        string value,
        string says
    )
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["AWS_REGION"] = "eu-central-1",
            ["Buttonize:AccountId"] = Services.ControlPlaneAccount,
            ["Buttonize:Encryption:KmsKeyId"] = "alias/buttonize",
            ["Authentication:Schemes:Bearer:Authority"] = "https://id.example.com",
            ["Authentication:Schemes:Bearer:ValidAudience"] = "buttonize",
            [key] = value,
        };
        if (key.Contains("Twin", StringComparison.Ordinal))
        {
            environment["Buttonize:Authentication:Schemes:0"] = "Twin";
            environment["Authentication:Schemes:Twin:ValidAudience"] = "buttonize";
        }

        var (status, error) = await ApiProcess.RunAsync(environment, Token);

        status.Should().Be(1);
        error.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain(says);
    }

    private static void ForOther(JsonObject claims) => claims["aud"] = OtherAudience;

    private ControlPlane Start(out OpenIdProvider other, string? untrusted = null)
    {
        other = services.OpenId.Create();
        var settings = new Dictionary<string, string?>
        {
            ["Buttonize:Authentication:Schemes:0"] = "Other",
            ["Authentication:Schemes:Other:Authority"] = other.Issuer,
            ["Authentication:Schemes:Other:ValidAudience"] = OtherAudience,
            ["Authentication:Schemes:Other:RequireHttpsMetadata"] = "false",
        };
        if (untrusted is not null)
        {
            settings["Buttonize:Authentication:UntrustedEmailSchemes:0"] = untrusted;
        }

        return ControlPlane.Start(services, settings);
    }

    private static Task<ApiAnswer> MeAsync(ControlPlane controlPlane, string token) =>
        controlPlane.WithToken(token).GetAnswerAsync("/v1/me", Token);
}
