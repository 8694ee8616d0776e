using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace Buttonize.Api.Tests.Hostile;

/// <summary>Requests as no client would make them, byte by byte, from somebody with a good token.</summary>
public sealed partial class RawRequestTests(Services services, SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private const int Requests = 1500;
    private const string Smuggled = "Smuggled";

    private static readonly Gen<string> Method = Gen.Frequency(
        (5, Draw.From("GET", "POST")),
        (2, Draw.From("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")),
        (
            1,
            Draw.From(
                "TRACE",
                "get",
                "PROPFIND",
                "QUERY",
                "M-SEARCH",
                "G\0ET",
                "GÉT",
                new string('A', 300)
            )
        )
    );

    private static readonly Gen<string> PathOf = Gen.Frequency(
        (
            6,
            Draw.From(
                "/v1/me",
                "{root}",
                "{root}/apps",
                "{root}/members",
                "{root}/issuances",
                "{root}/apps/{app}/credentials"
            )
        ),
        (
            2,
            Draw.From(
                "/v1/organizations",
                "{root}/apps/{app}",
                "/health/ready",
                "/metrics",
                "/openapi/v1.json",
                "/"
            )
        ),
        (
            1,
            Draw.From(
                "*",
                "//v1/me",
                "/v1//me",
                "/v1/./me",
                "/v1/x/../me",
                "/v1/%2e%2e/v1/me",
                "/v1/me%00",
                "/v1/me%0d%0aX-Injected:1",
                "/v1/me/",
                "/v1/ME",
                "/%ff%fe",
                "/%zz",
                "/v1/organizations/..%2f..%2fetc%2fpasswd",
                "\\v1\\me",
                "http://elsewhere.example/v1/me",
                "https://localhost:1/v1/me",
                "/v1/me;a=b",
                "/" + new string('a', 9000)
            )
        )
    );

    private static readonly string[] QueryNames =
    [
        "limit",
        "cursor",
        "tag",
        "stage",
        "wait",
        "from",
        "to",
        "userId",
        "appId",
        "localDevelopment",
        "Limit",
        "%6cimit",
        "",
    ];

    private static readonly Gen<string> Value = Gen.OneOf(
        Draw.From(
            "",
            "1",
            "0",
            "-1",
            "1e9",
            "99999999999999999999",
            "true",
            "null",
            "%00",
            "%ff",
            "%ed%a0%80",
            "%",
            "%2",
            "+",
            "%D9%A1",
            "{}",
            "2026-01-01T00:00:00Z",
            "0001-01-01T00:00:00%2B14:00",
            "9999-12-31T23:59:59.9999999-14:00",
            "2026-02-30T00:00:00Z",
            "AAAAAAAAAAAAAAAAAAAAA",
            "QVBQIw.x",
            "a&limit=1",
            "%0d%0aSet-Cookie:a=b"
        ),
        Gen.Char['!', '~']
            .Array[0, 12]
            .Select(c => new string(c).Replace("#", "", StringComparison.Ordinal))
    );

    private static readonly string[] HeaderNames =
    [
        "If-Match",
        "If-None-Match",
        "Idempotency-Key",
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Content-Type",
        "Content-Encoding",
        "Origin",
        "Access-Control-Request-Method",
        "Range",
        "Cookie",
        "Referer",
        "User-Agent",
        "traceparent",
        "tracestate",
        "baggage",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
        "X-HTTP-Method-Override",
        "Upgrade",
        "Host",
        "Authorization",
        "X\0",
        "X Y",
    ];

    private static readonly Gen<string> HeaderValue = Gen.OneOf(
        Draw.From(
            "",
            "*",
            "\"1\"",
            "W/\"1\"",
            "\"",
            "\"1\", \"2\", W/\"3\", *",
            "application/x-ndjson",
            "text/html;q=abc",
            "application/json; charset=utf-7",
            "gzip",
            "bytes=0-0,1-1",
            "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff",
            "00-00000000000000000000000000000000-0000000000000000-00",
            "a=b,c=d,=,",
            "127.0.0.1, ::1, unknown, [::1",
            "for=\"[::1]:99999\";proto=javascript",
            "DELETE",
            "h2c",
            "elsewhere.example",
            "${jndi:ldap://localhost/a}",
            "{Message} {@Object} {0}",
            "é\u0085\u00ff",
            "a\0b",
            "Basic dTpw"
        ),
        Gen.Byte.Array[0, 20]
            .Select(b =>
                Encoding
                    .Latin1.GetString(b)
                    .Replace("\r", "", StringComparison.Ordinal)
                    .Replace("\n", "", StringComparison.Ordinal)
            ),
        Gen.Int[0, 3].Select(n => new string('x', 9000 * n))
    );

    private static readonly Gen<RawRequest> Random = Gen.Select(
        Method,
        PathOf,
        Gen.Select(Draw.From(QueryNames), Value).Array[0, 3],
        Gen.Select(Draw.From(HeaderNames), HeaderValue).Array[0, 4],
        (method, path, query, headers) => new RawRequest(method, path, query, headers)
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_the_request_line_and_the_headers_say_it_is_answered_or_refused()
    {
        const string Often = "100000";
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["Buttonize:Limits:CredentialsPerUserPerMinute"] = Often,
                ["Buttonize:Limits:OrganizationsPerUser"] = Often,
            }
        );
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await Tenant.PostAsync(
            tenant.Deployment,
            "/v1/apps?wait=20",
            await tenant.DeployAsync(Token),
            Token
        );
        var served = 0;
        await Random.SampleAsync(
            async request =>
            {
                var (status, text) = await RawHttp.SendAsync(
                    controlPlane.Address,
                    request.Bytes(tenant, app["appId"]!.GetValue<string>()),
                    Token
                );

                status.Should().BeInRange(200, 499);
                text.Should().NotContain("\r\nX-Injected").And.NotContain("\r\nSet-Cookie");
                if (status < 300)
                {
                    Interlocked.Increment(ref served);
                }

                // Kestrel refuses by itself, without a body, what it cannot read as HTTP.
                var body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
                if (status >= 400 && body.Length > 0)
                {
                    new ApiAnswer(status, body, null!, null).IsProblem(
                        status,
                        Code().Match(body).Groups["code"].Value
                    );
                }
            },
            iter: Requests,
            threads: 2
        );
        served.Should().BePositive();
    }

    /// <summary>Requests about whose end two programs could disagree: one answer and no more, and nothing of what is inside is done.</summary>
    public static TheoryData<string, string, string> Ambiguous() =>
        new()
        {
            {
                "both lengths",
                "Content-Length: {all}\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n{inner}"
            },
            {
                "a length, and another",
                "Content-Length: 2\r\nContent-Length: {all}\r\n",
                "{}{inner}"
            },
            { "two lengths in one line", "Content-Length: 2, {all}\r\n", "{}{inner}" },
            { "a negative length", "Content-Length: -1\r\n", "{}{inner}" },
            { "a hexadecimal length", "Content-Length: 0x2\r\n", "{}{inner}" },
            { "a length with a blank before the colon", "Content-Length : 2\r\n", "{}{inner}" },
            {
                "an encoding with a blank before the colon",
                "Transfer-Encoding : chunked\r\n",
                "0\r\n\r\n{inner}"
            },
            { "an unknown encoding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n{inner}" },
            {
                "an encoding after chunked",
                "Transfer-Encoding: chunked, identity\r\n",
                "0\r\n\r\n{inner}"
            },
            {
                "an encoding with a vertical tab",
                "Transfer-Encoding: \u000bchunked\r\n",
                "0\r\n\r\n{inner}"
            },
            { "a folded line", "X: 1\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n{inner}" },
            {
                "a line that ends early",
                "X: 1\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n{inner}"
            },
            {
                "a carriage return in a value",
                "X: 1\rTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n{inner}"
            },
            {
                "a zero byte in a value",
                "X: 1\0\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n{inner}"
            },
            {
                "a chunk of too many bytes",
                "Transfer-Encoding: chunked\r\n",
                "FFFFFFFFFFFFFFFFF\r\n{inner}"
            },
            { "a chunk of a negative length", "Transfer-Encoding: chunked\r\n", "-1\r\n{inner}" },
            {
                "a chunk that ends early",
                "Transfer-Encoding: chunked\r\n",
                "2\r\n{}x\r\n0\r\n\r\n{inner}"
            },
            { "two hosts", "Host: elsewhere.example\r\nContent-Length: 2\r\n", "{}{inner}" },
        };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task Nothing_can_be_hidden_behind_a_request(
        string what,
        string headers,
        string body
    )
    {
        using var owner = shared.ControlPlane.SignedIn($"owner-{Guid.NewGuid():N}");
        var json = $$"""{"name":"{{Smuggled}}"}""";
        var inner =
            $"POST /v1/organizations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {owner.DefaultRequestHeaders.Authorization}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}";
        var whole = body.Replace("{inner}", inner, StringComparison.Ordinal);
        var lengths = headers.Replace(
            "{all}",
            whole.Length.ToString(CultureInfo.InvariantCulture),
            StringComparison.Ordinal
        );

        var (_, text) = await RawHttp.SendAsync(
            shared.ControlPlane.Address,
            Encoding.Latin1.GetBytes(
                $"POST /v1/organizations HTTP/1.1\r\nHost: localhost\r\nAuthorization: {owner.DefaultRequestHeaders.Authorization}\r\n"
                    + $"Content-Type: application/json\r\n{lengths}\r\n{whole}"
            ),
            Token
        );

        StatusLine().Matches(text).Should().ContainSingle(what);
        var organizations = await owner.ListAsync("/v1/organizations", Token);
        organizations.Texts("name").Should().NotContain(Smuggled, what);
    }

    [GeneratedRegex("\"code\":\"(?<code>[a-z_]+)\"")]
    private static partial Regex Code();

    [GeneratedRegex("HTTP/1.1 [0-9]{3} ")]
    private static partial Regex StatusLine();

    private sealed record RawRequest(
        string Method,
        string Path,
        (string Name, string Value)[] Query,
        (string Name, string Value)[] Headers
    )
    {
        public byte[] Bytes(Tenant tenant, string appId)
        {
            var path = Path.Replace("{root}", tenant.Root, StringComparison.Ordinal)
                .Replace("{app}", appId, StringComparison.Ordinal);
            var query = string.Join('&', Query.Select(q => $"{q.Name}={q.Value}"));
            var headers = string.Concat(Headers.Select(h => $"{h.Name}: {h.Value}\r\n"));
            return Encoding.Latin1.GetBytes(
                $"{Method} {path}{(query.Length == 0 ? "" : "?" + query)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + $"Authorization: {tenant.Owner.DefaultRequestHeaders.Authorization}\r\nContent-Length: 0\r\n{headers}\r\n"
            );
        }

        public override string ToString()
        {
            var query = string.Join('&', Query.Select(q => $"{q.Name}={q.Value}"));
            return $"{Method} {Path}?{query} [{string.Join(", ", Headers.Select(h => h.Value.Length > 100 ? $"{h.Name} of {h.Value.Length}" : $"{h.Name}: {h.Value}"))}]";
        }
    }
}
