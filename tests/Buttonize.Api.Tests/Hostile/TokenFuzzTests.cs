using System.Collections.Concurrent;
using System.Text;
using CsCheck;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>
/// Whatever comes as a token or a key: no fault, nothing counts that must not, nobody is taken for somebody else, and nothing of it gets into
/// the log. How to run it for longer: docs/hostile-input.md.
/// </summary>
public sealed class TokenFuzzTests(Services services)
{
    private const int Tokens = 1500;
    private const int Keys = 600;

    /// <summary>What a server answers to a request that it cannot even read.</summary>
    private static readonly int[] Unreadable = [400, 431];

    private static readonly string[] LookAlikes =
    [
        "\u0430", // a Cyrillic a
        "\uff11", // a full-width 1
        "\u0661", // an Arabic 1
        "\u212a", // the Kelvin sign
        "\u200b", // nothing to be seen
        "%41",
        "\t",
        " ",
        ",",
        "=",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_token_counts_that_must_not_and_nobody_is_taken_for_somebody_else()
    {
        var other = services.OpenId.Create();

        // Several providers, because then a token is looked into before it is checked.
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Authentication:Schemes:0"] = "Other",
                ["Authentication:Schemes:Other:Authority"] = other.Issuer,
                ["Authentication:Schemes:Other:ValidAudience"] = OpenIdProvider.Audience,
                ["Authentication:Schemes:Other:RequireHttpsMetadata"] = "false",
            }
        );
        var (provider, sent) = (controlPlane.Provider, new ConcurrentBag<string>());
        var people = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var anonymous = controlPlane.Anonymous();
        await RandomToken.Any.SampleAsync(
            async recipe =>
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
                var signed = recipe.Sign(provider, other.Key, "person");
                var token = recipe.Encode(signed);
                sent.Add(token);

                var answer = await AskAsync(anonymous, "/v1/me", $"Bearer {token}");

                var subject =
                    recipe.Signature == SignatureKind.Own && TokenModel.IsSame(token, signed)
                        ? TokenModel.SubjectOf(
                            recipe.HeaderText(provider),
                            recipe.PayloadText(provider, "person"),
                            provider,
                            now
                        )
                        : null;
                if (answer.Status == 200)
                {
                    subject.Should().NotBeNull("this token must not count");
                    var user = answer["userId"];
                    people.GetOrAdd(subject!, user).Should().Be(user);
                }
                else if (!Unreadable.Contains(answer.Status))
                {
                    answer.IsProblem(401, "unauthenticated");
                }
            },
            iter: Tokens,
            threads: 2
        );

        people.Values.Should().OnlyHaveUniqueItems("each subject is a person of its own");
        people.Should().ContainKey("person").And.HaveCountGreaterThan(1);
        LogShouldHaveNoneOf(controlPlane, sent);
    }

    [Fact]
    public async Task No_key_counts_but_the_one_that_was_made()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var key = tenant.Deployment.DefaultRequestHeaders.Authorization!.Parameter!;
        var sent = new ConcurrentBag<string>();
        using var anonymous = controlPlane.Anonymous();
        var accepted = 0;
        var insert = Gen.OneOf(
            Draw.From(LookAlikes),
            Gen.Char['!', '~'].Select(c => c.ToString()),
            Gen.Const("")
        );
        var mutation = Gen.Select(Gen.Int[0, 41], Gen.Int[0, 3], insert);
        await Gen.Select(
                mutation.Array[0, 2],
                Draw.From("Bearer ", "bearer ", "BEARER  ", "Bearer\t")
            )
            .SampleAsync(
                async (mutations, scheme) =>
                {
                    var tried = mutations.Aggregate(key, Mutate);
                    sent.Add(tried);

                    var answer = await AskAsync(anonymous, "/v1/apps", scheme + tried);

                    // Blanks around a value are none of it (RFC 9110, 5.5).
                    if (answer.Status == 200)
                    {
                        tried.Trim(' ', '\t').Should().Be(key);
                        Interlocked.Increment(ref accepted);
                    }
                    else if (!Unreadable.Contains(answer.Status))
                    {
                        answer.IsProblem(401, "unauthenticated");
                        (tried == key && scheme == "Bearer ").Should().BeFalse();
                    }
                },
                iter: Keys,
                threads: 2,
                // Not the key: local as it is, it is one.
                print: drawn => $"{string.Join(", ", drawn.Item1)} after '{drawn.Item2}'"
            );

        accepted.Should().BePositive();
        LogShouldHaveNoneOf(controlPlane, sent);
    }

    private static string Mutate(string key, (int At, int Cut, string Insert) how)
    {
        var at = Math.Min(how.At, key.Length);
        return key[..at] + how.Insert + key[Math.Min(key.Length, at + how.Cut)..];
    }

    private static async Task<ApiAnswer> AskAsync(
        HttpClient server,
        string path,
        string authorization
    )
    {
        // HTTP/1.0, whose bodies never come in chunks.
        var (status, text) = await RawHttp.SendAsync(
            server.BaseAddress!,
            Encoding.UTF8.GetBytes(
                $"GET {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\r\n"
            ),
            Token
        );
        var body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        return new ApiAnswer(status, body, null!, null);
    }

    /// <summary>Nothing of 16 characters or more that stood in a token or key may stand in the log.</summary>
    private static void LogShouldHaveNoneOf(ControlPlane controlPlane, IEnumerable<string> sent)
    {
        var log = string.Join('\n', controlPlane.Watch.Log);
        log.Should().NotBeEmpty();
        sent.SelectMany(token => token.Split('.'))
            .Where(part => part.Length >= 16)
            .Distinct()
            .Count(part => log.Contains(part, StringComparison.Ordinal))
            .Should()
            .Be(0, "nothing of a token or key is logged");
    }
}
