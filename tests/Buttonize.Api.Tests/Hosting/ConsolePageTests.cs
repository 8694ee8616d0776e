using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.Api.ConsolePage;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>The page at <c>/</c>: where it is served, with which policy, and what it tells whom.</summary>
public sealed class ConsolePageTests
{
    private readonly Services services;

    public ConsolePageTests(Services services)
    {
        this.services = services;
        if (!PageFiles.AreBuilt && Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip(
                "This build has no page: it was made without npm (Node.js 20.19 or newer)."
            );
        }
    }

    private static readonly Dictionary<string, string?> Enabled = new()
    {
        ["Buttonize:Console:Enabled"] = "true",
        ["Buttonize:Console:ClientId"] = "buttonize-console",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_the_setting_there_is_no_page_and_no_configuration()
    {
        await using var controlPlane = ControlPlane.Start(services);

        foreach (var path in (string[])["/", "/index.html", "/console/configuration"])
        {
            using var anonymous = await controlPlane.Anonymous().GetAsync(path, Token);
            anonymous.StatusCode.Should().Be(HttpStatusCode.Unauthorized, path);
            using var person = await controlPlane.SignedIn("ada").GetAsync(path, Token);
            person.StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task The_page_may_talk_to_its_server_the_token_endpoint_and_Lambda_and_to_nobody_else()
    {
        await using var controlPlane = ControlPlane.Start(services, Enabled);

        using var page = await controlPlane.Anonymous().GetAsync("/", Token);

        page.StatusCode.Should().Be(HttpStatusCode.OK);
        page.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        page.Headers.CacheControl!.NoCache.Should().BeTrue();
        var policy = Directives(page);
        policy["default-src"].Should().Equal("'none'");
        policy["script-src"].Should().Equal("'self'");
        policy["style-src"].Should().Equal("'self'");
        policy["frame-ancestors"].Should().Equal("'none'");
        policy["require-trusted-types-for"].Should().Equal("'script'");
        var targets = policy["connect-src"];
        targets.Should().StartWith(["'self'", Origin(controlPlane.Provider.Issuer)]);
        targets.Should().Contain("https://lambda.eu-central-1.amazonaws.com");
        targets
            .Skip(2)
            .Should()
            .HaveCountGreaterThan(20)
            .And.AllSatisfy(t =>
                t.Should().MatchRegex(@"\Ahttps://lambda\.[a-z]+-[a-z]+-[0-9]\.amazonaws\.com\z")
            );
        page.Headers.GetValues("Referrer-Policy").Should().Equal("no-referrer");
        page.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
    }

    [Theory]
    [InlineData("cn-north-1", "https://lambda.cn-north-1.amazonaws.com.cn")]
    [InlineData("us-gov-west-1", "https://lambda.us-gov-west-1.amazonaws.com")]
    public async Task Lambda_is_that_of_the_control_planes_own_partition(
        string region,
        string lambda
    )
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>(Enabled) { ["AWS_REGION"] = region }
        );

        using var page = await controlPlane.Anonymous().GetAsync("/", Token);

        Directives(page)["connect-src"]
            .Should()
            .Contain(lambda)
            .And.NotContain("https://lambda.eu-central-1.amazonaws.com");
    }

    [Fact]
    public async Task A_Lambda_of_ones_own_is_the_only_one()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>(Enabled)
            {
                ["AWS_ENDPOINT_URL_LAMBDA"] = "http://localhost:5090",
            }
        );

        using var page = await controlPlane.Anonymous().GetAsync("/", Token);
        var configuration = await ConfigurationAsync(controlPlane);

        Directives(page)["connect-src"]
            .Should()
            .Equal("'self'", Origin(controlPlane.Provider.Issuer), "http://localhost:5090");
        configuration["lambdaEndpoint"]!.GetValue<string>().Should().Be("http://localhost:5090/");
    }

    [Fact]
    public async Task The_page_has_no_inline_script_or_style_and_its_files_are_found_by_their_content()
    {
        await using var controlPlane = ControlPlane.Start(services, Enabled);
        var client = controlPlane.Anonymous();

        var html = await client.GetStringAsync("/", Token);

        html.Should().NotMatchRegex(@"<style|style=|\son[a-z]+=|javascript:");
        var scripts = Matches(html, "<script[^>]*>");
        scripts.Should().ContainSingle().Which.Should().Contain("src=\"/assets/");
        var files = Matches(html, "/assets/[^\"]+");
        files.Should().HaveCount(3);
        foreach (var file in files)
        {
            using var answer = await client.GetAsync(file, Token);
            answer.StatusCode.Should().Be(HttpStatusCode.OK, file);
            answer.Headers.CacheControl!.ToString().Should().Contain("immutable");
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        }
    }

    [Theory]
    [InlineData("/assets/../Buttonize.Api.dll")]
    [InlineData("/assets/%2e%2e/%2e%2e/Buttonize.Api.dll")]
    [InlineData("/assets/..%2f..%2fappsettings.json")]
    [InlineData("/assets/nothing.js")]
    public async Task Nothing_outside_the_pages_folder_is_served(string path)
    {
        await using var controlPlane = ControlPlane.Start(services, Enabled);

        using var answer = await controlPlane.Anonymous().GetAsync(path, Token);

        answer.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_configuration_is_public_facts_with_the_servers_time()
    {
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?>(Enabled)
            {
                ["Buttonize:Console:Scope"] = "openid offline_access",
                ["Buttonize:Console:AuthorizationParameters:audience"] =
                    "https://buttonize.example/api",
            }
        );

        var configuration = await ConfigurationAsync(controlPlane);

        configuration
            .Select(member => member.Key)
            .Should()
            .BeEquivalentTo(
                "clientId",
                "issuer",
                "authorizationEndpoint",
                "tokenEndpoint",
                "idTokenSigningAlgorithms",
                "scope",
                "authorizationParameters",
                "allowInsecureRequests",
                "lambdaEndpoint",
                "serverTime"
            );
        configuration["clientId"]!.GetValue<string>().Should().Be("buttonize-console");
        configuration["issuer"]!.GetValue<string>().Should().Be(controlPlane.Provider.Issuer);
        configuration["scope"]!.GetValue<string>().Should().Be("openid offline_access");
        configuration["authorizationParameters"]!["audience"]!
            .GetValue<string>()
            .Should()
            .Be("https://buttonize.example/api");
        configuration["lambdaEndpoint"].Should().BeNull();
        configuration["serverTime"]!
            .GetValue<DateTimeOffset>()
            .Should()
            .BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task While_the_provider_is_away_the_page_comes_and_says_so()
    {
        await using var controlPlane = ControlPlane.Start(services, Enabled);
        controlPlane.Provider.Down = true;

        using var page = await controlPlane.Anonymous().GetAsync("/", Token);
        using var configuration = await controlPlane
            .Anonymous()
            .GetAsync("/console/configuration", Token);

        page.StatusCode.Should().Be(HttpStatusCode.OK);
        Directives(page)["connect-src"]
            .Should()
            .StartWith("'self'")
            .And.NotContain(Origin(controlPlane.Provider.Issuer));
        configuration.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        var problem = await configuration.Content.ReadFromJsonAsync<JsonObject>(Token);
        problem!["code"]!.GetValue<string>().Should().Be("identity_provider_unavailable");
    }

    [Theory]
    [InlineData("https://id.example.com/token", "https://id.example.com")]
    [InlineData("https://id.example.com:8443/token", "https://id.example.com:8443")]
    [InlineData("http://[::1]:5070/token", "http://[::1]:5070")]
    [InlineData("https://münchen.example/token", "https://xn--mnchen-3ya.example")]
    [InlineData("https://a;script-src%20*@host.example/token", "https://host.example")]
    [InlineData("https://user:password@host.example/token", "https://host.example")]
    [InlineData("https://a;script-src/token", null)]
    [InlineData("data:text/plain,token", null)]
    [InlineData("/token", null)]
    [InlineData("token", null)]
    [InlineData(null, null)]
    public void A_token_endpoint_is_an_origin_of_the_policy_or_nothing(
        string? endpoint,
        string? origin
    ) =>
        PagePolicy
            .Content(endpoint, [])
            .Should()
            .Contain(origin is null ? "; connect-src 'self';" : $"; connect-src 'self' {origin};");

    private static async Task<JsonObject> ConfigurationAsync(ControlPlane controlPlane)
    {
        using var answer = await controlPlane.Anonymous().GetAsync("/console/configuration", Token);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Token))!;
    }

    private static Dictionary<string, string[]> Directives(HttpResponseMessage page) =>
        page
            .Headers.GetValues("Content-Security-Policy")
            .Single()
            .Split("; ")
            .Select(directive => directive.Split(' '))
            .ToDictionary(words => words[0], words => words[1..], StringComparer.Ordinal);

    private static List<string> Matches(string text, string pattern) =>
        [.. System.Text.RegularExpressions.Regex.Matches(text, pattern).Select(m => m.Value)];

    private static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);
}
