using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>Who the client is, what every answer tells browsers, and how long a connection may take to ask.</summary>
public sealed class FrontDoorTests(Services services, SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private const string Client = "203.0.113.9";

    /// <summary>Where the requests of these tests come from.</summary>
    private static readonly string[] Loopback = ["127.0.0.1", "::1"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("10.0.0.0/8")]
    public async Task What_an_untrusted_peer_forwards_is_ignored(string? trusted)
    {
        await using var controlPlane = Behind(trusted is null ? [] : [trusted]);

        var seen = await AskAsync(controlPlane, Client);

        Loopback.Should().Contain(seen.Client);
        seen.TransportSecurity.Should().BeNull("the connection itself is not https");
    }

    [Fact]
    public async Task What_a_trusted_proxy_forwards_counts()
    {
        await using var controlPlane = Behind(Loopback);

        var seen = await AskAsync(controlPlane, Client);

        seen.Client.Should().Be(Client);
        seen.TransportSecurity.Should().Be("max-age=31536000");
    }

    [Fact]
    public async Task Nobody_gets_an_address_by_sending_one_ahead()
    {
        await using var controlPlane = Behind([.. Loopback, "10.0.0.0/8", "2001:db8:1::/48"]);
        var part = OneOf(
            "198.51.100.66",
            "10.9.9.9",
            "127.0.0.1",
            "2001:db8:1::7",
            "[2001:db8::66]:99",
            "unknown",
            "",
            "_hidden"
        );
        var proxy = OneOf("10.1.2.3", "10.200.0.1", "2001:db8:1::5", "10.1.2.3:8080");
        var client = OneOf(Client, "2001:db8::9");

        // What the client made up, its own address as the first proxy saw it, and the proxies behind that one.
        await Gen.Select(part.Array[0, 4], client, proxy.Array[0, 3])
            .SampleAsync(
                async (ahead, own, proxies) =>
                    (
                        await AskAsync(controlPlane, string.Join(", ", [.. ahead, own, .. proxies]))
                    ).Client == own,
                iter: 100,
                threads: 1
            );
    }

    [Theory]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/openapi/v1.json", 200)]
    [InlineData("GET", "/docs", 200)]
    [InlineData("GET", "/v1/me", 401)]
    [InlineData("GET", "/nowhere", 401)]
    [InlineData("OPTIONS", "/v1/me", 204)]
    public async Task Every_answer_has_headers_for_browsers(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "OPTIONS")
        {
            request.Headers.Add("Origin", "https://elsewhere.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
        }

        using var answer = await shared.ControlPlane.Anonymous().SendAsync(request, Token);

        ((int)answer.StatusCode).Should().Be(status);
        ShouldHaveHeaders(answer);
    }

    [Fact]
    public async Task So_has_the_answer_to_a_fault()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_DYNAMODB"] = "http://127.0.0.1:1" }
        );

        using var answer = await controlPlane.SignedIn("anybody").GetAsync("/v1/me", Token);

        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        ShouldHaveHeaders(answer);
    }

    [Fact]
    public async Task Headers_that_trickle_do_not_hold_a_connection()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var slow = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ =>
                    RawHttp.SendAsync(
                        shared.ControlPlane.Address,
                        Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: slow\r\nX-"),
                        Token
                    )
                )
        );

        slow.Should().AllSatisfy(answer => answer.Status.Should().Be(408));
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(25), "Kestrel's own limit is 30");
    }

    private static void ShouldHaveHeaders(HttpResponseMessage answer)
    {
        string One(string name) => answer.Headers.GetValues(name).Should().ContainSingle().Subject;

        One("X-Content-Type-Options").Should().Be("nosniff");
        One("Referrer-Policy").Should().Be("no-referrer");
        One("Cross-Origin-Resource-Policy").Should().Be("same-origin");
        One("Content-Security-Policy")
            .Should()
            .StartWith("default-src 'none'")
            .And.Contain("frame-ancestors 'none'");
        answer.Headers.Contains("Strict-Transport-Security").Should().BeFalse("this is http");
    }

    private static Gen<string> OneOf(params string[] values) =>
        Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private ControlPlane Behind(IEnumerable<string> trusted) =>
        ControlPlane.Start(
            services,
            trusted
                .Select((proxy, i) => (Key: $"Buttonize:TrustedProxies:{i}", Value: (string?)proxy))
                .ToDictionary(s => s.Key, s => s.Value)
        );

    /// <summary>Asks as a proxy would, and tells what the control plane took for the client.</summary>
    private static async Task<(string? Client, string? TransportSecurity)> AskAsync(
        ControlPlane controlPlane,
        string forwardedFor
    )
    {
        var path = $"/nowhere/{Guid.NewGuid():N}";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "buttonize.example.com";
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwardedFor);
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "elsewhere.example");
        using var answer = await controlPlane.Anonymous().SendAsync(request, Token);
        var line = await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    controlPlane.Watch.Log.FirstOrDefault(l =>
                        l.Contains(path, StringComparison.Ordinal)
                    )
                ),
            found => found is not null,
            Patience,
            Token
        );
        return (
            JsonNode.Parse(line!)!["ClientAddress"]!.GetValue<string>(),
            answer.Headers.TryGetValues("Strict-Transport-Security", out var values)
                ? values.Single()
                : null
        );
    }
}
