using System.Net;
using Buttonize.Api.Access;
using Microsoft.AspNetCore.Authorization;

namespace Buttonize.Api.Tests.Access;

/// <summary>Every route there is, found by asking the program: who may call it at all.</summary>
public sealed class EndpointWalkTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    /// <summary>The only routes that anybody may call.</summary>
    private static readonly string[] Operations =
    [
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
        "GET /openapi/{documentName:regex(^v1$)}.json",
        "GET /docs/{documentName?}",
        "GET /docs/favicon.svg",
        "GET /docs/scalar.js",
        "GET /docs/scalar.aspnetcore.js",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ControlPlane ControlPlane => shared.ControlPlane;

    private IReadOnlyList<Route> Guarded =>
        [.. Route.All(ControlPlane).Where(r => !Operations.Contains(r.Name))];

    [Fact]
    public void The_walk_finds_the_routes() =>
        Route
            .All(ControlPlane)
            .Select(r => r.Name)
            .Should()
            .Contain([
                "GET /health/live",
                "GET /metrics",
                "GET /v1/me",
                "POST /v1/organizations",
                "POST /v1/apps",
                "PUT /v1/apps/{appId:id}",
                "POST /v1/external-ids",
                "POST /v1/organizations/{organizationId:id}/apps/{appId:id}/credentials",
                "GET /v1/organizations/{organizationId:id}/apps/{appId:id}/credentials/process",
                "GET /v1/organizations/{organizationId:id}/apps/{appId:id}/credentials/container",
            ]);

    [Fact]
    public async Task No_route_but_the_operations_answers_without_a_token()
    {
        Guarded.Should().HaveCountGreaterThan(10);
        foreach (var route in Guarded)
        {
            using var response = await route.SendAsync(ControlPlane.Anonymous(), Token);
            await response.ShouldBeUnauthenticatedAsync(Token, route.Name);
        }
    }

    [Fact]
    public async Task No_route_but_the_operations_answers_to_a_bad_token()
    {
        var client = ControlPlane.WithToken(
            OpenIdProvider.Sign(ControlPlane.Provider.Claims(), SigningKey.NewEs256())
        );
        foreach (var route in Guarded)
        {
            using var response = await route.SendAsync(client, Token);
            await response.ShouldBeUnauthenticatedAsync(Token, route.Name);
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs")]
    public async Task Operations_need_no_token(string path)
    {
        using var anonymous = await ControlPlane.Anonymous().GetAsync(path, Token);
        using var badToken = await ControlPlane.WithToken("garbage").GetAsync(path, Token);

        anonymous.StatusCode.Should().Be(HttpStatusCode.OK);
        badToken.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public void Every_route_is_for_one_kind_of_caller()
    {
        foreach (var route in Guarded)
        {
            route.Endpoint.Metadata.GetMetadata<IAllowAnonymous>().Should().BeNull(route.Name);
            route
                .Endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()
                .Should()
                .ContainSingle(route.Name)
                .Which.Policy.Should()
                .BeOneOf(CallerPolicies.Person, CallerPolicies.Deployment);
        }
    }

    [Fact]
    public async Task A_person_is_the_wrong_caller_for_every_deployments_route()
    {
        var person = ControlPlane.SignedIn("person");
        var routes = Guarded.Where(r => r.IsFor(CallerPolicies.Deployment)).ToList();
        routes.Should().NotBeEmpty();
        foreach (var route in routes)
        {
            using var response = await route.SendAsync(person, Token);
            await response.ShouldRefuseAsync(
                HttpStatusCode.Forbidden,
                "wrong_principal",
                Token,
                route.Name
            );
        }
    }

    [Fact]
    public async Task A_deployment_is_the_wrong_caller_for_every_peoples_route()
    {
        var tenant = await Tenant.CreateAsync(ControlPlane, Token);
        var routes = Guarded.Where(r => r.IsFor(CallerPolicies.Person)).ToList();
        routes.Should().NotBeEmpty();
        foreach (var route in routes)
        {
            using var response = await route.SendAsync(
                tenant.Deployment,
                Token,
                new() { ["organizationId"] = tenant.OrganizationId }
            );
            await response.ShouldRefuseAsync(
                HttpStatusCode.Forbidden,
                "wrong_principal",
                Token,
                route.Name
            );
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/nothing")]
    [InlineData("/v2/me")]
    [InlineData("/health")]
    [InlineData("/health/live/more")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/v1/organizations/short")]
    [InlineData("/v1/apps/short")]
    [InlineData("/v1//me")]
    public async Task Who_is_not_known_does_not_learn_what_there_is(string path)
    {
        using var anonymous = await ControlPlane.Anonymous().GetAsync(path, Token);
        using var person = await ControlPlane.SignedIn("person").GetAsync(path, Token);

        await anonymous.ShouldBeUnauthenticatedAsync(Token, path);
        await person.ShouldRefuseAsync(HttpStatusCode.NotFound, "not_found", Token, path);
    }

    [Theory]
    [InlineData("DELETE", "/v1/me", "GET")]
    [InlineData("HEAD", "/v1/me", "GET")]
    [InlineData("PUT", "/v1/organizations", "GET, POST")]
    [InlineData("OPTIONS", "/v1/me", "GET")]
    [InlineData("TRACE", "/v1/me", "GET")]
    [InlineData("PATCH", "/v1/apps", "GET, POST")]
    [InlineData("GET", "/v1/external-ids", "POST")]
    [InlineData("BREW", "/v1/me", "GET")]
    public async Task A_wrong_method_is_told_the_right_ones(
        string method,
        string path,
        string allowed
    )
    {
        using var anonymousRequest = new HttpRequestMessage(new HttpMethod(method), path);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var anonymous = await ControlPlane.Anonymous().SendAsync(anonymousRequest, Token);
        using var person = await ControlPlane.SignedIn("person").SendAsync(request, Token);

        anonymous.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        person.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        person
            .Content.Headers.Allow.Order(StringComparer.Ordinal)
            .Should()
            .Equal(allowed.Split(", "));
        if (method != "HEAD")
        {
            await person.ShouldRefuseAsync(
                HttpStatusCode.MethodNotAllowed,
                "method_not_allowed",
                Token
            );
        }
    }
}
