using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>What operators use needs no token and shows no tenant's data.</summary>
public sealed partial class OperationsTests(Services services, SharedControlPlane shared)
    : IClassFixture<SharedControlPlane>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HttpClient Anonymous => shared.ControlPlane.Anonymous();

    [Fact]
    public async Task The_document_describes_every_route_and_its_caller()
    {
        var answer = (await Anonymous.GetAnswerAsync("/openapi/v1.json", Token)).Is(200);

        var document = answer.Json;
        document["openapi"]!.GetValue<string>().Should().StartWith("3.");
        var described = document["paths"]!
            .AsObject()
            .SelectMany(p =>
                p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key}")
            );
        var routes = shared
            .ControlPlane.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.Contains("/v1/", StringComparison.Ordinal))
            .SelectMany(e =>
                e.Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Select(m =>
                        $"{m} {Constraint().Replace(e.RoutePattern.RawText!, "}").TrimEnd('/')}"
                    )
            )
            .ToList();
        routes.Should().HaveCountGreaterThan(15);
        described.Should().BeEquivalentTo(routes);
        foreach (var operation in Operations(document))
        {
            operation["summary"]!.GetValue<string>().Should().NotBeNullOrWhiteSpace();
            operation["security"]!.AsArray().Should().ContainSingle();
            operation["responses"]!["default"]!
                ["content"]
                .Members()
                .Should()
                .Contain("application/problem+json");
        }

        document["components"]!
            ["securitySchemes"]
            .Members()
            .Should()
            .BeEquivalentTo("Person", "Deployment");
        answer.ShowsNothingInternal();
    }

    [Fact]
    public async Task The_document_declares_what_stands_in_its_paths()
    {
        var document = (await Anonymous.GetAnswerAsync("/openapi/v1.json", Token)).Is(200).Json;

        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            var named = PathParameter().Matches(path).Select(m => m.Groups[1].Value).ToList();
            foreach (var (method, operation) in operations!.AsObject())
            {
                var declared = (operation!["parameters"] as JsonArray ?? [])
                    .Where(p => p!["in"]!.GetValue<string>() == "path")
                    .Select(p => p!["name"]!.GetValue<string>());
                declared.Should().BeEquivalentTo(named, "{0} {1}", method, path);
            }
        }
    }

    [Fact]
    public async Task The_documents_references_lead_somewhere()
    {
        var document = (await Anonymous.GetAnswerAsync("/openapi/v1.json", Token)).Is(200);

        var references = Reference()
            .Matches(document.Text)
            .Select(m => m.Groups[1].Value)
            .Distinct()
            .ToList();
        references.Should().NotBeEmpty();
        document.Json["components"]!["schemas"].Members().Should().Contain(references);
    }

    [Fact]
    public async Task The_reference_is_a_page()
    {
        var answer = await Anonymous.GetAnswerAsync("/docs", Token);

        answer.Is(200).ContentType!.MediaType.Should().Be("text/html");
    }

    [Fact]
    public async Task Metrics_are_those_of_the_own_host()
    {
        await using var busy = ControlPlane.Start(services);
        await using var idle = ControlPlane.Start(services);
        var call =
            $"/v1/organizations/{new string('o', 21)}/apps/{new string('a', 21)}/credentials";

        (await busy.Anonymous().CallAsync(HttpMethod.Post, call, null, Token)).Is(401);

        await Eventually.HoldsAsync(
            () => busy.Anonymous().GetAnswerAsync("/metrics", Token),
            metrics => Counts(metrics),
            TimeSpan.FromSeconds(10),
            Token
        );
        Counts(await idle.Anonymous().GetAnswerAsync("/metrics", Token)).Should().BeFalse();

        static bool Counts(ApiAnswer metrics) =>
            metrics.Is(200).Text.Contains("buttonize_credentials_total", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_text_without_tenants_users_or_apps()
    {
        var tenant = await Tenant.CreateAsync(shared.ControlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        await shared.ControlPlane.Aws.RefuseAsync(
            app["executionRoleArn"]!.GetValue<string>(),
            Token
        );
        await tenant.Owner.CallAsync(
            HttpMethod.Post,
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        var answer = await Eventually.HoldsAsync(
            () => Anonymous.GetAnswerAsync("/metrics", Token),
            a => a.Text.Contains("buttonize_credentials_total", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            Token
        );

        answer.Is(200).ContentType!.MediaType.Should().Be("text/plain");
        answer.Text.Should().Contain("outcome=\"role_refused\"");
        foreach (
            var name in (string[])
                [
                    "buttonize_sts_duration_seconds",
                    "buttonize_sts_errors_total",
                    "buttonize_apps_verification_total",
                    "http_server_request_duration_seconds",
                ]
        )
        {
            answer.Text.Should().Contain(name);
        }

        answer.Text.Should().NotContainAny(tenant.OrganizationId, app["appId"]!.GetValue<string>());
    }

    [Fact]
    public async Task Health_shows_an_entry_for_each_dependency()
    {
        (await Anonymous.GetAnswerAsync("/health/live", Token)).Is(200);
        var ready = (await Anonymous.GetAnswerAsync("/health/ready", Token)).Is(200).Json;

        ready["dynamodb"]!["status"]!.GetValue<string>().Should().Be("healthy");
        ready["sts"]!["status"]!.GetValue<string>().Should().Be("healthy");
    }

    private static IEnumerable<JsonNode> Operations(JsonObject document) =>
        document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => o.Value!);

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex PathParameter();

    [GeneratedRegex(@":[a-z]+\}")]
    private static partial Regex Constraint();

    [GeneratedRegex("\"#/components/schemas/([^\"]+)\"")]
    private static partial Regex Reference();
}
