namespace Buttonize.Api.Tests.Hosting;

/// <summary>Pages of the configured origins may call, and read what they need from every answer; no others.</summary>
public sealed class BrowserAccessTests(Services services) : IAsyncLifetime
{
    private const string Allowed = "https://app.example.com";

    private readonly ControlPlane controlPlane = ControlPlane.Start(
        services,
        new Dictionary<string, string?>
        {
            ["Buttonize:AllowedOrigins:0"] = Allowed,
            ["Buttonize:AllowedOrigins:1"] = "http://localhost:8080",
        }
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Allowed)]
    [InlineData("http://localhost:8080")]
    public async Task An_allowed_page_may_read_answers_and_errors(string origin)
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        (HttpClient, string, int)[] calls =
        [
            (tenant.Owner, "/v1/me", 200),
            (controlPlane.Anonymous(), "/v1/me", 401),
            (tenant.Owner, "/v1/organizations/aaaaaaaaaaaaaaaaaaaaa", 404),
            (tenant.Owner, "/v1/nothing", 404),
            (tenant.Owner, "/v1/apps", 403),
            (tenant.Owner, "/v1/organizations?limit=0", 400),
        ];
        foreach (var (client, path, status) in calls)
        {
            var answer = await client.CallAsync(
                HttpMethod.Get,
                path,
                null,
                Token,
                ("Origin", origin)
            );

            answer.Is(status);
            Header(answer, "Access-Control-Allow-Origin").Should().Be(origin, path);
            Header(answer, "Access-Control-Expose-Headers")!
                .Split(',')
                .Should()
                .BeEquivalentTo("Retry-After", "ETag", "Location");
            Header(answer, "Access-Control-Allow-Credentials").Should().BeNull();
            answer.Headers.Vary.Should().Contain("Origin");
        }
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("http://app.example.com")]
    [InlineData("https://app.example.com:8443")]
    [InlineData("https://app.example.com.evil.example")]
    [InlineData("null")]
    public async Task Any_other_page_may_read_nothing(string origin)
    {
        var person = controlPlane.SignedIn("person");

        var answer = await person.CallAsync(
            HttpMethod.Get,
            "/v1/me",
            null,
            Token,
            ("Origin", origin)
        );
        var preflight = await PreflightAsync(origin, "GET", "authorization");

        Header(answer, "Access-Control-Allow-Origin").Should().BeNull();
        Header(preflight, "Access-Control-Allow-Origin").Should().BeNull();
    }

    [Theory]
    [InlineData("GET", "authorization")]
    [InlineData("POST", "authorization,content-type")]
    [InlineData("PUT", "authorization,content-type,if-match")]
    [InlineData("DELETE", "authorization,idempotency-key")]
    public async Task A_preflight_is_answered_without_a_token(string method, string headers)
    {
        var answer = await PreflightAsync(Allowed, method, headers);

        answer.Status.Should().BeOneOf(200, 204);
        Header(answer, "Access-Control-Allow-Origin").Should().Be(Allowed);
        Header(answer, "Access-Control-Allow-Methods").Should().Contain(method);
        foreach (var header in headers.Split(','))
        {
            Header(answer, "Access-Control-Allow-Headers")!
                .ToUpperInvariant()
                .Should()
                .Contain(header.ToUpperInvariant());
        }
    }

    [Fact]
    public async Task A_fault_can_be_read_by_an_allowed_page_too()
    {
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var item = await table.AppAsync(app["appId"]!.GetValue<string>(), Token);
        item.Remove("region");
        await table.PutAsync(item, Token);

        var answer = await tenant.Owner.CallAsync(
            HttpMethod.Get,
            $"{tenant.Root}/apps/{app["appId"]}",
            null,
            Token,
            ("Origin", Allowed)
        );

        answer.IsProblem(500, "internal_error");
        Header(answer, "Access-Control-Allow-Origin").Should().Be(Allowed);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => controlPlane.DisposeAsync();

    private Task<ApiAnswer> PreflightAsync(string origin, string method, string headers) =>
        controlPlane
            .Anonymous()
            .CallAsync(
                HttpMethod.Options,
                "/v1/me",
                null,
                Token,
                ("Origin", origin),
                ("Access-Control-Request-Method", method),
                ("Access-Control-Request-Headers", headers)
            );

    private static string? Header(ApiAnswer answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
