using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Access;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>The main call in its three formats.</summary>
public sealed class MainCallTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly ControlPlane controlPlane = shared.ControlPlane;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_gets_a_session_in_their_name()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token, name: "Zoë");
        var me = await tenant.Owner.GetFromJsonAsync<JsonObject>("/v1/me", Token);
        var app = await tenant.RegisterAsync(Token);

        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            null,
            Token
        );

        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        var body = await response.Content.ReadFromJsonAsync<JsonObject>(Token);
        var identity = $"btnz__{me!["userId"]}__Zoe";
        body!["sourceIdentity"]!.GetValue<string>().Should().Be(identity);
        body["assumedRoleArn"]!.GetValue<string>().Should().EndWith($"/{identity}");
        body["accountId"]!.GetValue<string>().Should().Be("123456789012");
        body["region"]!.GetValue<string>().Should().Be("eu-central-1");
        body["credentials"]!["accessKeyId"]!.GetValue<string>().Should().StartWith("ASIA");
        var serverTime = body["serverTime"]!.GetValue<DateTimeOffset>();
        var expiration = body["credentials"]!["expiration"]!.GetValue<DateTimeOffset>();
        (expiration - serverTime)
            .Should()
            .BeCloseTo(TimeSpan.FromSeconds(900), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Each_format_has_exactly_its_members()
    {
        var (tenant, path) = await DeployAsync();

        var main = await PostAsync(tenant, path, "{}");
        var process = await tenant.Owner.GetFromJsonAsync<JsonObject>($"{path}/process", Token);
        var container = await tenant.Owner.GetFromJsonAsync<JsonObject>($"{path}/container", Token);

        Members(main)
            .Should()
            .BeEquivalentTo(
                "credentials",
                "region",
                "accountId",
                "assumedRoleArn",
                "sourceIdentity",
                "serverTime"
            );
        Members(main["credentials"]!)
            .Should()
            .BeEquivalentTo("accessKeyId", "secretAccessKey", "sessionToken", "expiration");
        Members(process!)
            .Should()
            .BeEquivalentTo(
                "Version",
                "AccessKeyId",
                "SecretAccessKey",
                "SessionToken",
                "Expiration"
            );
        ((int)process!["Version"]!).Should().Be(1);
        Members(container!)
            .Should()
            .BeEquivalentTo("AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId");
        ((string)container!["AccountId"]!).Should().Be("123456789012");
    }

    [Fact]
    public async Task Times_are_in_UTC_as_every_SDK_reads_them()
    {
        var (tenant, path) = await DeployAsync();

        var main = await PostAsync(tenant, path, "{}");
        var process = await tenant.Owner.GetFromJsonAsync<JsonObject>($"{path}/process", Token);
        var container = await tenant.Owner.GetFromJsonAsync<JsonObject>($"{path}/container", Token);

        const string rfc3339 = @"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\z";
        ((string)main["serverTime"]!).Should().MatchRegex(rfc3339);
        ((string)main["credentials"]!["expiration"]!).Should().MatchRegex(rfc3339);
        ((string)process!["Expiration"]!).Should().MatchRegex(rfc3339);
        ((string)container!["Expiration"]!).Should().MatchRegex(rfc3339);
    }

    [Theory]
    [InlineData("/process")]
    [InlineData("/container")]
    public async Task The_other_formats_are_never_stored_either(string format)
    {
        var (tenant, path) = await DeployAsync();

        using var response = await tenant.Owner.GetAsync(path + format, Token);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
    }

    [Theory]
    [InlineData(null, "false")]
    [InlineData("{}", "false")]
    [InlineData("""{"localDevelopment":false}""", "false")]
    [InlineData("""{"localDevelopment":true}""", "true")]
    public async Task The_body_says_whether_it_is_local_development(string? body, string tag)
    {
        var (tenant, path, role) = await DeployWithRoleAsync();

        await PostAsync(tenant, path, body);

        (await LocalDevelopmentTagAsync(role)).Should().Be(tag);
    }

    [Theory]
    [InlineData("/process", "false")]
    [InlineData("/process?localDevelopment=false", "false")]
    [InlineData("/process?localDevelopment=true", "true")]
    [InlineData("/container", "false")]
    [InlineData("/container?localDevelopment=false", "false")]
    [InlineData("/container?localDevelopment=true", "true")]
    public async Task The_query_says_whether_it_is_local_development(string query, string tag)
    {
        var (tenant, path, role) = await DeployWithRoleAsync();

        using var response = await tenant.Owner.GetAsync(path + query, Token);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await LocalDevelopmentTagAsync(role)).Should().Be(tag);
    }

    [Theory]
    [InlineData("TRUE")]
    [InlineData("True")]
    [InlineData("1")]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("true%20")]
    [InlineData("true&localDevelopment=true")]
    [InlineData("false&localDevelopment=true")]
    public async Task A_query_that_is_not_understood_is_refused(string value)
    {
        var (tenant, path) = await DeployAsync();
        foreach (var format in new[] { "/process", "/container" })
        {
            using var response = await tenant.Owner.GetAsync(
                $"{path}{format}?localDevelopment={value}",
                Token
            );

            var problem = await response.ShouldRefuseAsync(
                HttpStatusCode.BadRequest,
                "validation_failed",
                Token
            );
            problem["errors"]!.AsObject().Should().ContainKey("localDevelopment");
            response.Headers.CacheControl!.NoStore.Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("""{"localDevelopment":"true"}""", "validation_failed")]
    [InlineData("""{"localDevelopment":1}""", "validation_failed")]
    [InlineData("""{"localDevelopment":{}}""", "validation_failed")]
    [InlineData("""{"LocalDevelopment":true}""", "validation_failed")]
    [InlineData("""{"localDevelopement":true}""", "validation_failed")]
    [InlineData("""{"userName":"victim"}""", "validation_failed")]
    [InlineData("""{"userId":"AAAAAAAAAAAAAAAAAAAAA"}""", "validation_failed")]
    [InlineData("""{"durationSeconds":43200}""", "validation_failed")]
    [InlineData("""{"roleArn":"arn:aws:iam::123456789012:role/Other"}""", "validation_failed")]
    [InlineData("""{"localDevelopment":true,"localDevelopment":false}""", "malformed_json")]
    [InlineData("[]", "malformed_json")]
    [InlineData("null", "malformed_json")]
    [InlineData("true", "malformed_json")]
    [InlineData("{", "malformed_json")]
    [InlineData("{} {}", "malformed_json")]
    [InlineData("""{"localDevelopment":true,}""", "malformed_json")]
    public async Task A_body_that_is_not_understood_is_refused(string body, string code)
    {
        var (tenant, path) = await DeployAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await tenant.Owner.PostAsync(path, content, Token);

        await response.ShouldRefuseAsync(HttpStatusCode.BadRequest, code, Token);
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_body_of_another_type_is_refused(string type)
    {
        var (tenant, path) = await DeployAsync();
        using var content = new StringContent("{}");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var response = await tenant.Owner.PostAsync(path, content, Token);

        await response.ShouldRefuseAsync(
            HttpStatusCode.UnsupportedMediaType,
            "unsupported_media_type",
            Token
        );
    }

    [Fact]
    public async Task Nothing_of_the_request_but_one_member_reaches_the_session()
    {
        var (tenant, path, role) = await DeployWithRoleAsync();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{path}?localDevelopment=true&userName=victim"
        );
        request.Headers.Add("X-User-Name", "victim");
        request.Headers.Add("X-Forwarded-User", "victim");
        request.Headers.Add("X-Amz-Security-Token", "victim");

        using var response = await tenant.Owner.SendAsync(request, Token);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var parameters = await ParametersAsync(role);
        parameters.ToJsonString().Should().NotContain("victim");
        (await LocalDevelopmentTagAsync(role)).Should().Be("false");
    }

    [Fact]
    public async Task A_role_that_refuses_is_told_as_such()
    {
        var (tenant, path, role) = await DeployWithRoleAsync();
        await controlPlane.Aws.RefuseAsync(role, Token);

        foreach (
            var response in new[]
            {
                await tenant.Owner.PostAsync(path, null, Token),
                await tenant.Owner.GetAsync($"{path}/process", Token),
                await tenant.Owner.GetAsync($"{path}/container", Token),
            }
        )
        {
            using (response)
            {
                var problem = await response.ShouldRefuseAsync(
                    HttpStatusCode.Conflict,
                    "role_refused",
                    Token
                );
                ((string)problem["detail"]!).Should().Contain("External ID");
                response.Headers.CacheControl!.NoStore.Should().BeTrue();
                response.Headers.RetryAfter.Should().BeNull();
            }
        }
    }

    [Fact]
    public async Task Where_a_trust_policy_lacks_an_action_the_refusal_names_it()
    {
        foreach (var missing in new[] { "sts:TagSession", "sts:SetSourceIdentity" })
        {
            var tenant = await Tenant.CreateAsync(controlPlane, Token);
            var externalId = await tenant.NewExternalIdAsync(Token);
            var role = Tenant.NewRoleArn();
            var app = await tenant.RegisterAsync(Token, role, externalId);
            await controlPlane.Aws.PutRoleAsync(
                role,
                LocalAwsClient.TrustPolicy([externalId], without: missing),
                Token
            );

            using var response = await tenant.Owner.PostAsync(
                $"{tenant.Root}/apps/{app["appId"]}/credentials",
                null,
                Token
            );

            var problem = await response.ShouldRefuseAsync(
                HttpStatusCode.Conflict,
                "role_refused",
                Token
            );
            ((string)problem["detail"]!).Should().Contain($"'{missing}'");
        }
    }

    [Fact]
    public async Task An_app_that_is_not_there_is_not_stored_either()
    {
        var (tenant, path) = await DeployAsync();

        using var response = await tenant.Owner.PostAsync(
            $"{tenant.Root}/apps/{Route.NoId}/credentials",
            null,
            Token
        );

        await response.ShouldRefuseAsync(HttpStatusCode.NotFound, "not_found", Token);
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        path.Should().NotContain(Route.NoId);
    }

    [Fact]
    public async Task Two_people_of_one_organization_are_told_apart_by_the_token_alone()
    {
        var (a, aPath) = await DeployAsync();
        var (b, bPath) = await DeployAsync();

        var (first, second) = (await PostAsync(a, aPath, null), await PostAsync(b, bPath, null));

        ((string)first["sourceIdentity"]!).Should().NotBe((string)second["sourceIdentity"]!);
        ((string)first["credentials"]!["sessionToken"]!)
            .Should()
            .NotBe((string)second["credentials"]!["sessionToken"]!);
    }

    private static IEnumerable<string> Members(JsonNode node) =>
        node.AsObject().Select(member => member.Key);

    private static async Task<JsonObject> PostAsync(Tenant tenant, string path, string? body)
    {
        using var content = body is null
            ? null
            : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await tenant.Owner.PostAsync(path, content, Token);
        response
            .StatusCode.Should()
            .Be(HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Token))!;
    }

    private async Task<(Tenant Tenant, string Path)> DeployAsync()
    {
        var (tenant, path, _) = await DeployWithRoleAsync();
        return (tenant, path);
    }

    private async Task<(Tenant Tenant, string Path, string RoleArn)> DeployWithRoleAsync()
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        return (
            tenant,
            $"{tenant.Root}/apps/{app["appId"]}/credentials",
            (string)app["executionRoleArn"]!
        );
    }

    private async Task<JsonNode> ParametersAsync(string role) =>
        (await controlPlane.Aws.SessionsAsync(role, Token))[0]["requestParameters"]!;

    private async Task<string> LocalDevelopmentTagAsync(string role) =>
        (string)
            (await ParametersAsync(role))["tags"]!
                .AsArray()
                .Single(tag => (string?)tag!["key"] == "buttonize-local-development")!["value"]!;
}
