using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;

namespace Buttonize.Api.Tests.Sessions;

/// <summary>The credentials, unchanged, in a client nobody here wrote, in the three ways it reads them.</summary>
public sealed class AwsCliTests(Services services) : IAsyncLifetime
{
    private const string Function = "arn:aws:lambda:eu-central-1:123456789012:function:discounts";
    private const string ForbiddenFunction =
        "arn:aws:lambda:eu-central-1:123456789012:function:payroll";

    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
    private readonly AwsCli cli = new();
    private WebApplication aws = null!;
    private Uri awsAddress = null!;
    private ControlPlane controlPlane = null!;
    private Tenant tenant = null!;
    private string credentialsPath = null!;
    private string token = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plain_keys_invoke_the_apps_function_and_no_other()
    {
        var keys = await KeysAsync();

        var allowed = await cli.InvokeAsync(awsAddress, Function, """{"order":7}""", keys, Token);
        allowed.Status.Should().Be(0, allowed.Error);
        JsonNode
            .DeepEquals(JsonNode.Parse(allowed.Answer), JsonNode.Parse("""{"order":7}"""))
            .Should()
            .BeTrue();

        var forbidden = await cli.InvokeAsync(awsAddress, ForbiddenFunction, "{}", keys, Token);
        forbidden.Status.Should().NotBe(0);
        forbidden
            .Error.Should()
            .Contain("AccessDeniedException")
            .And.Contain("lambda:InvokeFunction");
    }

    [Fact]
    public async Task Plain_keys_are_refused_when_the_fifteen_minutes_are_over()
    {
        var keys = await KeysAsync();
        (await cli.InvokeAsync(awsAddress, Function, "{}", keys, Token)).Status.Should().Be(0);

        clock.Advance(TimeSpan.FromSeconds(901));

        var expired = await cli.InvokeAsync(awsAddress, Function, "{}", keys, Token);
        expired.Status.Should().NotBe(0);
        expired.Error.Should().Contain("ExpiredTokenException");
    }

    [Fact]
    public async Task As_a_credential_process_it_invokes_the_function()
    {
        var header = Path.Join(cli.Folder, "header");
        await File.WriteAllTextAsync(header, $"Authorization: Bearer {token}", Token);
        var config = Path.Join(cli.Folder, "config");
        var url = new Uri(controlPlane.Address, credentialsPath + "/process");
        await File.WriteAllTextAsync(
            config,
            $"[profile buttonize]\ncredential_process = curl --silent --fail --header @{header} {url}\n",
            Token
        );

        var result = await cli.InvokeAsync(
            awsAddress,
            Function,
            """{"by":"process"}""",
            new Dictionary<string, string>
            {
                ["AWS_CONFIG_FILE"] = config,
                ["AWS_PROFILE"] = "buttonize",
            },
            Token
        );

        result.Status.Should().Be(0, result.Error);
        result.Answer.Should().Contain("process");
    }

    [Fact]
    public async Task As_a_container_credential_provider_it_invokes_the_function()
    {
        var result = await cli.InvokeAsync(
            awsAddress,
            Function,
            """{"by":"container"}""",
            new Dictionary<string, string>
            {
                ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = new Uri(
                    controlPlane.Address,
                    credentialsPath + "/container"
                ).ToString(),
                ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = $"Bearer {token}",
            },
            Token
        );

        result.Status.Should().Be(0, result.Error);
        result.Answer.Should().Contain("container");
    }

    public async ValueTask InitializeAsync()
    {
        // A local AWS of its own: its clock is moved past the sessions' end.
        aws = LocalAwsApplication.Create(["--urls", "http://127.0.0.1:0"], clock);
        await aws.StartAsync(Token);
        awsAddress = new Uri(aws.Urls.Single());
        controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_STS"] = awsAddress.ToString() }
        );
        await controlPlane.Aws.PutControlPlaneAsync(Token);
        await controlPlane.Aws.PutFunctionAsync(Function, Token);
        await controlPlane.Aws.PutFunctionAsync(ForbiddenFunction, Token);
        tenant = await Tenant.CreateAsync(controlPlane, Token, subject: "owner");
        token = controlPlane.Provider.Token("owner");
        var app = await tenant.RegisterAsync(Token, functionArns: Function);
        credentialsPath = $"{tenant.Root}/apps/{app["appId"]}/credentials";
    }

    public async ValueTask DisposeAsync()
    {
        await controlPlane.DisposeAsync();
        await aws.DisposeAsync();
        cli.Dispose();
    }

    private async Task<Dictionary<string, string>> KeysAsync()
    {
        using var response = await tenant.Owner.PostAsync(credentialsPath, null, Token);
        var credentials = (await response.Content.ReadFromJsonAsync<JsonObject>(Token))![
            "credentials"
        ]!;
        return new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = credentials["accessKeyId"]!.GetValue<string>(),
            ["AWS_SECRET_ACCESS_KEY"] = credentials["secretAccessKey"]!.GetValue<string>(),
            ["AWS_SESSION_TOKEN"] = credentials["sessionToken"]!.GetValue<string>(),
        };
    }
}
