using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Access;

/// <summary>Which access tokens count, and that nothing else does.</summary>
public sealed class AccessTokenTests(AccessTokenTests.Fixture fixture, Services services)
    : IClassFixture<AccessTokenTests.Fixture>
{
    /// <summary>A control plane whose provider shows a key of every family.</summary>
    public sealed class Fixture : IAsyncDisposable
    {
        public Fixture(Services services)
        {
            ControlPlane = ControlPlane.Start(services);
            Other = services.OpenId.Create();
            foreach (
                var key in new[]
                {
                    SigningKey.NewRsa("RS256"),
                    SigningKey.NewRsa("RS384"),
                    SigningKey.NewRsa("RS512"),
                    SigningKey.NewRsa("PS256"),
                    SigningKey.NewRsa("PS384"),
                    SigningKey.NewRsa("PS512"),
                    TokenFactory.NewEcdsa("ES384"),
                    TokenFactory.NewEcdsa("ES512"),
                    SigningKey.NewEd25519(),
                }
            )
            {
                Keys[key.Algorithm] = ControlPlane.Provider.Publish(key);
            }

            Keys["ES256"] = ControlPlane.Provider.Key;
        }

        public ControlPlane ControlPlane { get; }

        /// <summary>A provider that the control plane does not trust.</summary>
        public OpenIdProvider Other { get; }

        public Dictionary<string, SigningKey> Keys { get; } = new(StringComparer.Ordinal);

        public ValueTask DisposeAsync() => ControlPlane.DisposeAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ControlPlane ControlPlane => fixture.ControlPlane;

    private OpenIdProvider Provider => fixture.ControlPlane.Provider;

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    [InlineData("EdDSA")]
    public async Task Every_asymmetric_algorithm_counts(string algorithm) =>
        await AcceptsAsync(OpenIdProvider.Sign(Provider.Claims(), fixture.Keys[algorithm]));

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("EdDSA")]
    public async Task A_signature_of_other_claims_does_not_count(string algorithm)
    {
        var key = fixture.Keys[algorithm];
        var mine = OpenIdProvider.Sign(Provider.Claims("mallory"), key).Split('.');
        var theirs = OpenIdProvider.Sign(Provider.Claims("victim"), key).Split('.');

        await RefusesAsync($"{theirs[0]}.{theirs[1]}.{mine[2]}");
    }

    [Fact]
    public async Task A_token_without_a_type_counts() =>
        await AcceptsAsync(
            OpenIdProvider.Sign(Provider.Claims(), Provider.Key, header => header.Remove("typ"))
        );

    [Theory]
    [InlineData("JWT")]
    [InlineData("jwt")]
    [InlineData("at+jwt")]
    [InlineData("AT+JWT")]
    [InlineData("application/at+jwt")]
    public async Task A_token_of_an_access_tokens_type_counts(string type) =>
        await AcceptsAsync(
            OpenIdProvider.Sign(Provider.Claims(), Provider.Key, header => header["typ"] = type)
        );

    [Fact]
    public async Task A_token_for_several_audiences_counts() =>
        await AcceptsAsync(
            Provider.Token(claims: claims =>
                claims["aud"] = new JsonArray("another", OpenIdProvider.Audience)
            )
        );

    [Fact]
    public async Task Clocks_may_differ_a_little()
    {
        await AcceptsAsync(Provider.Token(claims: claims => claims["exp"] = InSeconds(-2)));
        await AcceptsAsync(Provider.Token(claims: claims => claims["nbf"] = InSeconds(5)));
    }

    [Fact]
    public async Task A_token_of_Cognito_that_says_it_is_an_access_token_counts() =>
        await AcceptsAsync(Provider.Token(claims: claims => claims["token_use"] = "access"));

    [Fact]
    public async Task A_token_without_a_key_id_counts_under_a_provider_with_one_key()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var token = OpenIdProvider.Sign(
            controlPlane.Provider.Claims(),
            controlPlane.Provider.Key,
            header => header.Remove("kid")
        );
        var foreign = OpenIdProvider.Sign(
            controlPlane.Provider.Claims(),
            SigningKey.NewEs256(),
            header => header.Remove("kid")
        );

        using var accepted = await controlPlane.WithToken(token).GetAsync("/v1/me", Token);
        using var refused = await controlPlane.WithToken(foreign).GetAsync("/v1/me", Token);

        accepted.StatusCode.Should().Be(HttpStatusCode.OK);
        await refused.ShouldBeUnauthenticatedAsync(Token);
    }

    private static readonly Dictionary<string, Func<Fixture, string>> Bad = new(
        StringComparer.Ordinal
    )
    {
        ["a wrong signature"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                SigningKey.NewEs256() with
                {
                    Id = f.Keys["ES256"].Id,
                }
            ),
        ["an empty signature"] = f => Claims(f, _ => { }).TrimAfterLastDot(),
        ["a wrong issuer"] = f => Claims(f, c => c["iss"] = f.Other.Issuer),
        ["an issuer with a slash more"] = f => Claims(f, c => c["iss"] = c["iss"] + "/"),
        ["an issuer in another case"] = f =>
            Claims(f, c => c["iss"] = c["iss"]!.GetValue<string>().ToUpperInvariant()),
        ["no issuer"] = f => Claims(f, c => c.Remove("iss")),
        ["a wrong audience"] = f => Claims(f, c => c["aud"] = "another"),
        ["an audience in another case"] = f => Claims(f, c => c["aud"] = "Buttonize"),
        ["an audience that begins like ours"] = f => Claims(f, c => c["aud"] = "buttonize-admin"),
        ["no audience"] = f => Claims(f, c => c.Remove("aud")),
        ["an empty audience"] = f => Claims(f, c => c["aud"] = ""),
        ["an empty list of audiences"] = f => Claims(f, c => c["aud"] = new JsonArray()),
        ["an end 20 s ago"] = f => Claims(f, c => c["exp"] = InSeconds(-20)),
        ["no end"] = f => Claims(f, c => c.Remove("exp")),
        ["an end that is no number"] = f => Claims(f, c => c["exp"] = "never"),
        ["an end before its beginning"] = f =>
            Claims(
                f,
                c =>
                {
                    c["nbf"] = InSeconds(100);
                    c["exp"] = InSeconds(50);
                }
            ),
        ["a beginning to come"] = f => Claims(f, c => c["nbf"] = InSeconds(60)),
        ["no subject"] = f => Claims(f, c => c.Remove("sub")),
        ["an empty subject"] = f => Claims(f, c => c["sub"] = ""),
        ["a blank subject"] = f => Claims(f, c => c["sub"] = " \t"),
        ["a null subject"] = f => Claims(f, c => c["sub"] = null),
        ["two subjects"] = f => Claims(f, c => c["sub"] = new JsonArray("person", "victim")),
        ["a list of one subject"] = f => Claims(f, c => c["sub"] = new JsonArray("person")),
        ["a subject that is an object"] = f =>
            Claims(f, c => c["sub"] = new JsonObject { ["id"] = "person" }),
        ["an ID token's nonce"] = f => Claims(f, c => c["nonce"] = "n-0S6_WzA2Mj"),
        ["an ID token's at_hash"] = f => Claims(f, c => c["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ"),
        ["an ID token's c_hash"] = f => Claims(f, c => c["c_hash"] = "LDktKdoQak3Pk0cnXxCltA"),
        ["Cognito's token_use id"] = f => Claims(f, c => c["token_use"] = "id"),
        ["token_use access and id"] = f =>
            Claims(f, c => c["token_use"] = new JsonArray("access", "id")),
        ["alg none"] = f => TokenFactory.Unsigned(f.ControlPlane.Provider, "none"),
        ["alg None"] = f => TokenFactory.Unsigned(f.ControlPlane.Provider, "None"),
        ["alg NONE"] = f => TokenFactory.Unsigned(f.ControlPlane.Provider, "NONE"),
        ["alg nOnE without a key id"] = f =>
            TokenFactory.Unsigned(f.ControlPlane.Provider, "nOnE", keepKeyId: false),
        ["an empty alg"] = f => TokenFactory.Unsigned(f.ControlPlane.Provider, ""),
        ["no alg"] = f => Header(f, h => h.Remove("alg")),
        ["an alg in another case"] = f => Header(f, h => h["alg"] = "es256"),
        ["another alg than the key's"] = f => Header(f, h => h["alg"] = "RS256"),
        ["EdDSA under a key for ES256"] = f => Header(f, h => h["alg"] = "EdDSA"),
        ["ES256 under a key for EdDSA"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Keys["EdDSA"],
                h => h["alg"] = "ES256"
            ),
        ["RS256 under a key for EdDSA"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Keys["EdDSA"],
                h => h["alg"] = "RS256"
            ),
        ["a short EdDSA signature"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Keys["EdDSA"] with
                {
                    Sign = _ => new byte[63],
                }
            ),
        ["an EdDSA signature of zeros"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Keys["EdDSA"] with
                {
                    Sign = _ => new byte[64],
                }
            ),
        ["an ES256 signature of zeros"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Keys["ES256"] with
                {
                    Sign = _ => new byte[64],
                }
            ),
        ["HS256 with the public key as PEM"] = f =>
            Symmetric(f, "HS256", rsa => rsa.ExportSubjectPublicKeyInfoPem()),
        ["HS256 with the public key as PEM and a line break"] = f =>
            Symmetric(f, "HS256", rsa => rsa.ExportSubjectPublicKeyInfoPem() + "\n"),
        ["HS256 with the public key as PKCS 1 PEM"] = f =>
            Symmetric(f, "HS256", rsa => rsa.ExportRSAPublicKeyPem()),
        ["HS384 with the public key as PEM"] = f =>
            Symmetric(f, "HS384", rsa => rsa.ExportSubjectPublicKeyInfoPem()),
        ["HS512 with the public key as PEM"] = f =>
            Symmetric(f, "HS512", rsa => rsa.ExportSubjectPublicKeyInfoPem()),
        ["HS256 with the public key as SPKI"] = f =>
        {
            using var rsa = TokenFactory.PublicRsa(f.Keys["RS256"].PublicJwk());
            return Symmetric(f, "HS256", rsa.ExportSubjectPublicKeyInfo());
        },
        ["HS256 with the public key as JWK"] = f =>
            Symmetric(
                f,
                "HS256",
                Encoding.UTF8.GetBytes(f.Keys["RS256"].PublicJwk().ToJsonString())
            ),
        ["HS256 with the modulus"] = f =>
            Symmetric(
                f,
                "HS256",
                Encoding.UTF8.GetBytes(f.Keys["RS256"].PublicJwk()["n"]!.GetValue<string>())
            ),
        ["HS256 with an empty secret"] = f => Symmetric(f, "HS256", []),
        ["a key in its header, under the real key's id"] = f =>
            WithKeyInHeader(f, f.Keys["ES256"].Id),
        ["a key in its header, under that key's id"] = f => WithKeyInHeader(f, null),
        ["a key in its header, without a key id"] = f => WithKeyInHeader(f, ""),
        ["a URL of keys in its header"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Other.Key,
                h => h["jku"] = f.Other.Issuer + "/jwks"
            ),
        ["a URL of a certificate in its header"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Other.Key,
                h => h["x5u"] = f.Other.Issuer + "/jwks"
            ),
        ["a certificate in its header, under the real key's id"] = f =>
            TokenFactory.WithCertificate(f.ControlPlane.Provider, f.Keys["RS256"].Id),
        ["a certificate in its header, under another key id"] = f =>
            TokenFactory.WithCertificate(f.ControlPlane.Provider, "attacker"),
        ["an unknown key id"] = f => Header(f, h => h["kid"] = "unknown"),
        ["the key id of another key of the provider"] = f =>
            Header(f, h => h["kid"] = f.Keys["EdDSA"].Id),
        ["the key id in another case"] = f =>
            Header(f, h => h["kid"] = f.Keys["ES256"].Id.ToUpperInvariant()),
        ["a key of another provider"] = f =>
            OpenIdProvider.Sign(f.ControlPlane.Provider.Claims(), f.Other.Key),
        ["a key of another provider, without a key id"] = f =>
            OpenIdProvider.Sign(
                f.ControlPlane.Provider.Claims(),
                f.Other.Key,
                h => h.Remove("kid")
            ),
        ["another provider's token"] = f => f.Other.Token(),
        ["the type of logout tokens"] = f => Header(f, h => h["typ"] = "logout+jwt"),
        ["the type of security events"] = f => Header(f, h => h["typ"] = "secevent+jwt"),
        ["the type of DPoP proofs"] = f => Header(f, h => h["typ"] = "dpop+jwt"),
        ["an unknown critical header"] = f =>
            Header(
                f,
                h =>
                {
                    h["crit"] = new JsonArray("bound-to");
                    h["bound-to"] = "a device";
                }
            ),
        ["an empty critical header"] = f => Header(f, h => h["crit"] = new JsonArray()),
        ["a payload that is not encoded"] = f =>
            Header(
                f,
                h =>
                {
                    h["crit"] = new JsonArray("b64");
                    h["b64"] = false;
                }
            ),
        ["an encrypted token"] = f => TokenFactory.EncryptedDirectly(f.ControlPlane.Provider),
        ["a token encrypted for the provider's key"] = f =>
        {
            using var rsa = TokenFactory.PublicRsa(f.Keys["RS256"].PublicJwk());
            return TokenFactory.EncryptedForProvider(f.ControlPlane.Provider, rsa);
        },
        ["a token inside a token"] = f =>
            TokenFactory.Raw(
                "{\"alg\":\"none\",\"cty\":\"JWT\"}",
                f.ControlPlane.Provider.Token(),
                []
            ),
        ["an empty list for the hash of an ID token"] = f =>
            f.ControlPlane.Provider.Token(claims: c => c["at_hash"] = new JsonArray()),
        ["an empty list for a use"] = f =>
            f.ControlPlane.Provider.Token(claims: c => c["token_use"] = new JsonArray()),
        ["an audience that no header can hold"] = f =>
            f.ControlPlane.Provider.Token(claims: c => c["aud"] = "a\0b"),
        ["a number for a subject"] = f => f.ControlPlane.Provider.Token(claims: c => c["sub"] = 1),
        ["a payload that breaks off"] = f =>
            TokenFactory.WithPayload(f.ControlPlane.Provider, payload => payload[..^1]),
        ["something behind the payload"] = f =>
            TokenFactory.WithPayload(f.ControlPlane.Provider, payload => payload + "{}"),
        ["a subject that is there twice"] = f =>
            TokenFactory.WithPayload(
                f.ControlPlane.Provider,
                payload => payload[..^1] + ",\"sub\":\"mallory\"}"
            ),
        ["a payload with a byte that is no text"] = f =>
            TokenFactory.WithPayload(
                f.ControlPlane.Provider,
                payload => payload[..^1] + ",\"x\":\"\u00ff\"}"
            ),
        ["one part"] = _ => "garbage",
        ["two parts"] = f => string.Join('.', f.ControlPlane.Provider.Token().Split('.')[..2]),
        ["four parts"] = f => f.ControlPlane.Provider.Token() + ".e30",
        ["only dots"] = _ => "..",
        ["five empty parts"] = _ => "....",
        ["a token and a comma"] = f => f.ControlPlane.Provider.Token() + ",x",
        ["two tokens"] = f =>
            $"{f.ControlPlane.Provider.Token()} {f.ControlPlane.Provider.Token()}",
        ["an API key's beginning"] = _ => "btnz_",
    };

    public static TheoryData<string> BadTokens => [.. Bad.Keys];

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task A_token_does_not_count_with(string what) =>
        await RefusesAsync(Bad[what](fixture), what);

    [Fact]
    public async Task A_token_never_says_where_its_key_is()
    {
        var before = fixture.Other.Fetches;
        await RefusesAsync(Bad["a URL of keys in its header"](fixture));
        await RefusesAsync(Bad["a URL of a certificate in its header"](fixture));

        fixture.Other.Fetches.Should().Be(before);
    }

    [Fact]
    public async Task Whatever_is_sent_for_a_token_the_answer_is_401()
    {
        var kid = fixture.Keys["ES256"].Id;
        string[] headers =
        [
            "",
            "null",
            "1",
            "[]",
            "{}",
            "{\"alg\":1}",
            "{\"alg\":null}",
            "{\"alg\":[\"ES256\"]}",
            "{\"alg\":\"ES256\",\"kid\":1}",
            "{\"alg\":\"ES256\",\"kid\":null}",
            "{\"alg\":\"ES256\",\"kid\":{}}",
            "{\"alg\":\"ES256\",\"typ\":1,\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"ES256\",\"zip\":\"DEF\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}",
            "{\"alg\":\"EdDSA\",\"kid\":\"" + fixture.Keys["EdDSA"].Id + "\"}",
            "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}",
            new string('[', 500),
            "\u0000",
        ];
        string[] payloads =
        [
            "",
            "null",
            "[]",
            "\"text\"",
            "{}",
            "{\"exp\":{}}",
            "{\"exp\":1e400}",
            "{\"exp\":-1}",
            "{\"exp\":99999999999999999999}",
            "{\"nbf\":[],\"exp\":\"1\"}",
            "{\"iat\":true}",
            "{\"iss\":1,\"aud\":{},\"sub\":[]}",
            "{\"iss\":null,\"aud\":null,\"sub\":null}",
            "{\"aud\":[1,null,{}]}",
            "{\"sub\":\"\\ud800\"}",
            "{\"actort\":\"x.y.z\"}",
            "{\"a\":" + new string('[', 200),
        ];
        foreach (var header in headers)
        {
            foreach (var payload in payloads)
            {
                await RefusesAsync(
                    TokenFactory.Raw(header, payload, new byte[64]),
                    $"header {header} payload {payload}"
                );
            }
        }
    }

    [Theory]
    [InlineData("not base64url!.e30.AA")]
    [InlineData("e30=.e30=.AA==")]
    [InlineData("e30.e30.A")]
    [InlineData("e30.A.AA")]
    [InlineData("A.e30.AA")]
    [InlineData("e30+/.e30.AA")]
    public async Task Broken_encodings_are_refused(string token) => await RefusesAsync(token);

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic cGVyc29uOnBhc3N3b3Jk")]
    [InlineData("{token}")]
    [InlineData("Token {token}")]
    [InlineData("DPoP {token}")]
    [InlineData("Basic {token}")]
    public async Task Other_ways_to_authorize_are_refused(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            header.Replace("{token}", Provider.Token(), StringComparison.Ordinal)
        );

        using var response = await ControlPlane.Anonymous().SendAsync(request, Token);

        await response.ShouldBeUnauthenticatedAsync(Token);
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("token")]
    [InlineData("Authorization")]
    public async Task A_token_in_the_query_does_not_count(string parameter)
    {
        using var response = await ControlPlane
            .Anonymous()
            .GetAsync($"/v1/me?{parameter}={Provider.Token()}", Token);

        await response.ShouldBeUnauthenticatedAsync(Token);
    }

    [Fact]
    public async Task A_token_in_a_form_or_a_cookie_does_not_count()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/organizations");
        request.Headers.Add("Cookie", $"access_token={Provider.Token()}");
        request.Content = new FormUrlEncodedContent([new("access_token", Provider.Token())]);

        using var response = await ControlPlane.Anonymous().SendAsync(request, Token);

        await response.ShouldBeUnauthenticatedAsync(Token);
    }

    [Fact]
    public async Task Two_authorizations_are_none()
    {
        var good = Provider.Token();

        (await RawStatusAsync($"Bearer {good}")).Should().Be(200);
        (await RawStatusAsync($"Bearer {good}", $"Bearer {good}")).Should().Be(401);
        (await RawStatusAsync($"Bearer {good}", "Basic eDp5")).Should().Be(401);
        (await RawStatusAsync($"Basic eDp5", $"Bearer {good}")).Should().Be(401);
    }

    [Fact]
    public async Task A_refusal_says_nothing_of_the_token()
    {
        using var response = await ControlPlane
            .WithToken(Provider.Token("secret-subject", claims: c => c["exp"] = InSeconds(-60)))
            .GetAsync("/v1/me", Token);

        var text = await response.Content.ReadAsStringAsync(Token);
        text.Should().NotContain("secret-subject").And.NotContain("IDX");
    }

    [Fact]
    public async Task The_configured_scope_is_needed()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Authentication:RequiredScope"] = "buttonize",
            }
        );
        var provider = controlPlane.Provider;
        (string What, Action<JsonObject> Claims, bool Counts)[] cases =
        [
            ("no scope", _ => { }, false),
            ("another scope", c => c["scope"] = "openid profile", false),
            ("a scope that begins like it", c => c["scope"] = "buttonize-admin", false),
            ("a scope in another case", c => c["scope"] = "Buttonize", false),
            ("the scope", c => c["scope"] = "buttonize", true),
            ("the scope among others", c => c["scope"] = "openid buttonize email", true),
            ("scp as text", c => c["scp"] = "openid buttonize", true),
            ("scp as a list", c => c["scp"] = new JsonArray("openid", "buttonize"), true),
        ];
        foreach (var (what, claims, counts) in cases)
        {
            using var response = await controlPlane
                .WithToken(provider.Token(claims: claims))
                .GetAsync("/v1/me", Token);
            if (counts)
            {
                response.StatusCode.Should().Be(HttpStatusCode.OK, what);
            }
            else
            {
                await response.ShouldBeUnauthenticatedAsync(Token, what);
            }
        }
    }

    [Fact]
    public async Task The_name_is_the_first_name_claim_that_is_not_empty()
    {
        (Action<JsonObject> Claims, string Name)[] cases =
        [
            (c => c["preferred_username"] = "jane", "jane"),
            (c => c["preferred_username"] = "", "jane@example.com"),
            (c => c["preferred_username"] = "  ", "jane@example.com"),
            (
                c =>
                {
                    c.Remove("preferred_username");
                    c.Remove("email");
                },
                "Jane Doe"
            ),
            (
                c =>
                {
                    c.Remove("preferred_username");
                    c.Remove("email");
                    c.Remove("name");
                },
                "auth0|jane"
            ),
        ];
        foreach (var (change, name) in cases)
        {
            var me = await MeAsync(
                ControlPlane,
                Provider.Token(
                    "auth0|jane",
                    claims: c =>
                    {
                        c["email"] = "jane@example.com";
                        c["name"] = "Jane Doe";
                        change(c);
                    }
                )
            );
            me["userName"]!.GetValue<string>().Should().Be(name);
        }
    }

    [Fact]
    public async Task The_name_claims_can_be_configured()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Authentication:NameClaims:0"] = "nickname",
                ["Buttonize:Authentication:NameClaims:1"] = "name",
            }
        );
        var provider = controlPlane.Provider;

        async Task<string> NameAsync(Action<JsonObject> claims) =>
            (await MeAsync(controlPlane, provider.Token("subject", "preferred", claims)))[
                "userName"
            ]!.GetValue<string>();

        (await NameAsync(c => c["nickname"] = "JD")).Should().Be("JD");
        (await NameAsync(c => c["name"] = "Jane")).Should().Be("Jane");
        (await NameAsync(_ => { })).Should().Be("subject");
    }

    [Fact]
    public async Task The_first_call_makes_a_user_id_for_good()
    {
        var subject = $"subject-{Guid.NewGuid():N}";

        var first = await MeAsync(ControlPlane, Provider.Token(subject, "old-name"));
        var second = await MeAsync(ControlPlane, Provider.Token(subject, "new-name"));

        first["userId"]!.GetValue<string>().Should().MatchRegex(@"\A[A-Za-z0-9_-]{21}\z");
        second["userId"]!.GetValue<string>().Should().Be(first["userId"]!.GetValue<string>());
        second["userName"]!.GetValue<string>().Should().Be("new-name");
        first
            .Select(m => m.Key)
            .Should()
            .BeEquivalentTo("userId", "userName", "email", "organizations");
    }

    [Fact]
    public async Task A_user_id_is_the_same_in_every_copy_of_the_program()
    {
        var subject = $"subject-{Guid.NewGuid():N}";
        var keyFile = Path.Join(Path.GetTempPath(), $"buttonize-test-{Guid.NewGuid():N}.key");
        var settings = new Dictionary<string, string?>
        {
            ["Buttonize:TableName"] = $"test-{Guid.NewGuid():N}",
            ["Buttonize:Encryption:KeyFile"] = keyFile,
            ["Authentication:Schemes:Bearer:Authority"] = Provider.Issuer,
        };
        await using var one = ControlPlane.Start(services, settings);
        await using var other = ControlPlane.Start(services, settings);
        try
        {
            var here = await MeAsync(one, Provider.Token(subject));
            var there = await MeAsync(other, Provider.Token(subject));

            there["userId"]!.GetValue<string>().Should().Be(here["userId"]!.GetValue<string>());
        }
        finally
        {
            File.Delete(keyFile);
        }
    }

    [Fact]
    public async Task Subjects_are_told_apart_to_the_letter()
    {
        var subject = $"Subject-{Guid.NewGuid():N}";
        string[] subjects =
        [
            subject,
            subject.ToLowerInvariant(),
            subject + " ",
            subject + "\u200b",
            subject.Replace('S', 'Ｓ'),
        ];
        var ids = new List<string>();
        foreach (var each in subjects)
        {
            ids.Add(
                (await MeAsync(ControlPlane, Provider.Token(each)))["userId"]!.GetValue<string>()
            );
        }

        ids.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Twenty_first_calls_at_once_make_one_person()
    {
        // The connections are there before the race, and several races make it sure that some calls do meet.
        var others = Enumerable.Range(0, 20).Select(i => Provider.Token($"warm-{i}"));
        await Task.WhenAll(others.Select(other => MeAsync(ControlPlane, other)));
        for (var race = 0; race < 10; race++)
        {
            var token = Provider.Token($"subject-{Guid.NewGuid():N}");
            using var start = new SemaphoreSlim(0);
            var calls = Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    await start.WaitAsync(Token);
                    return (string)(await MeAsync(ControlPlane, token))["userId"]!;
                })
                .ToArray();

            start.Release(calls.Length);

            (await Task.WhenAll(calls)).Distinct().Should().ContainSingle();
        }
    }

    [Fact]
    public async Task No_claim_makes_a_person_a_deployment()
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        var keys = await tenant.Owner.GetFromJsonAsync<JsonObject>(
            $"{tenant.Root}/api-keys",
            Token
        );
        var spoofed = Provider.Token(claims: claims =>
        {
            claims["organization"] = tenant.OrganizationId;
            claims["key"] = keys!["items"]![0]!["keyId"]!.GetValue<string>();
            claims["kind"] = "Deployment";
            claims["AuthenticationType"] = "Deployment";
            claims["http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod"] =
                "Deployment";
            claims["actort"] = OpenIdProvider.Sign(
                new JsonObject { ["organization"] = tenant.OrganizationId },
                Provider.Key
            );
        });

        using var list = await ControlPlane.WithToken(spoofed).GetAsync("/v1/apps", Token);
        using var make = await ControlPlane
            .WithToken(spoofed)
            .PostAsync("/v1/external-ids", null, Token);
        using var organization = await ControlPlane.WithToken(spoofed).GetAsync(tenant.Root, Token);

        await list.ShouldRefuseAsync(HttpStatusCode.Forbidden, "wrong_principal", Token);
        await make.ShouldRefuseAsync(HttpStatusCode.Forbidden, "wrong_principal", Token);
        await organization.ShouldRefuseAsync(HttpStatusCode.NotFound, "not_found", Token);
    }

    private static long InSeconds(int seconds) =>
        TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();

    private static string Claims(Fixture fixture, Action<JsonObject> claims) =>
        fixture.ControlPlane.Provider.Token(claims: claims);

    private static string Header(Fixture fixture, Action<JsonObject> header) =>
        OpenIdProvider.Sign(
            fixture.ControlPlane.Provider.Claims(),
            fixture.ControlPlane.Provider.Key,
            header
        );

    private static string Symmetric(Fixture fixture, string algorithm, Func<RSA, string> secret)
    {
        using var rsa = TokenFactory.PublicRsa(fixture.Keys["RS256"].PublicJwk());
        return Symmetric(fixture, algorithm, Encoding.ASCII.GetBytes(secret(rsa)));
    }

    private static string Symmetric(Fixture fixture, string algorithm, byte[] secret) =>
        TokenFactory.SignedWithPublicKey(
            fixture.ControlPlane.Provider,
            algorithm,
            fixture.Keys["RS256"].Id,
            secret
        );

    private static string WithKeyInHeader(Fixture fixture, string? keyId)
    {
        var attacker = SigningKey.NewEs256();
        return OpenIdProvider.Sign(
            fixture.ControlPlane.Provider.Claims(),
            attacker,
            header =>
            {
                header["jwk"] = attacker.PublicJwk();
                header["kid"] = keyId ?? attacker.Id;
                if (keyId == "")
                {
                    header.Remove("kid");
                }
            }
        );
    }

    private static async Task<JsonObject> MeAsync(ControlPlane controlPlane, string token)
    {
        using var response = await controlPlane.WithToken(token).GetAsync("/v1/me", Token);
        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Token))!;
    }

    private async Task AcceptsAsync(string token)
    {
        using var response = await SendAsync(token);
        response
            .StatusCode.Should()
            .Be(
                HttpStatusCode.OK,
                "{0} {1}",
                string.Join(' ', response.Headers.WwwAuthenticate),
                await response.Content.ReadAsStringAsync(Token)
            );
    }

    private async Task RefusesAsync(string token, string what = "")
    {
        using var response = await SendAsync(token);
        await response.ShouldBeUnauthenticatedAsync(Token, what);
    }

    private async Task<HttpResponseMessage> SendAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await ControlPlane.Anonymous().SendAsync(request, Token);
    }

    /// <summary>The status of a request with these lines of authorization, which no client would send.</summary>
    private async Task<int> RawStatusAsync(params string[] authorizations)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(ControlPlane.Address.Host, ControlPlane.Address.Port, Token);
        await using var stream = socket.GetStream();
        var lines = string.Concat(authorizations.Select(a => $"Authorization: {a}\r\n"));
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET /v1/me HTTP/1.1\r\nHost: {ControlPlane.Address.Authority}\r\nConnection: close\r\n{lines}\r\n"
            ),
            Token
        );
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var status = await reader.ReadLineAsync(Token);
        return int.Parse(status!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}

file static class Texts
{
    public static string TrimAfterLastDot(this string text) => text[..(text.LastIndexOf('.') + 1)];
}
