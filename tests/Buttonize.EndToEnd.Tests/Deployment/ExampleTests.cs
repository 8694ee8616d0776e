using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.EndToEnd.Tests.Browser;
using Buttonize.EndToEnd.Tests.Fixtures;
using Buttonize.Local.Stack;
using static Microsoft.Playwright.Assertions;

namespace Buttonize.EndToEnd.Tests.Deployment;

/// <summary>
/// The example of <c>docs/examples</c>, synthesized by the CDK, deployed into local AWS by its own template and handler, and used from a
/// browser.
/// </summary>
public sealed class ExampleTests(PageLab lab) : IClassFixture<PageLab>, IAsyncLifetime
{
    private static readonly string Synthesized = Path.Join(
        Repository.Root,
        "docs/examples/discount-codes/cdk.out"
    );

    private CustomResources customResources = null!;
    private string organizationId = null!;
    private string apiKey = null!;
    private Template template = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!lab.IsRunning || !Directory.Exists(Synthesized))
        {
            Prerequisite.Missing(
                "The example was not synthesized, or there is no page or no browser: this needs npm and Chromium on PATH when the tests are built."
            );
        }

        customResources = await CustomResources.StartAsync(Token);
        (organizationId, apiKey) = await lab.NewOrganizationAsync("Example company");
        customResources.Secret = apiKey;
        template = (
            await Template.ReadAsync(
                Directory.GetFiles(Synthesized, "*.template.json").Single(),
                Token
            )
        ).WithControlPlane(lab.ControlPlane, LocalEnvironment.ControlPlaneAccountId);
    }

    [Fact]
    public async Task It_is_deployed_used_from_a_browser_and_deleted()
    {
        using var stack = NewStack();
        await stack.DeployAsync(template, Token);
        var app = (await AppsAsync()).Should().ContainSingle().Which;
        app["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        app["appId"]!
            .GetValue<string>()
            .Should()
            .Be(stack.Attribute("Custom::ButtonizeApp", "AppId"));

        await using var browser = await lab.OpenAsync();
        await browser.SignInAsync(
            new DeployedApp(organizationId, app["appId"]!.GetValue<string>(), "", "")
        );
        await browser.Function.SelectOptionAsync(FunctionOf(app, "Generate"));
        await browser.RunAsync("""{"customer":"jane@example.com","percent":15}""");
        await Expect(browser.Answer).ToContainTextAsync("SAVE15-");
        await browser.PictureAsync("example");
        await browser.Function.SelectOptionAsync(FunctionOf(app, "Redeem"));
        await browser.RunAsync("""{"code":"nonsense"}""");
        await Expect(browser.Page.GetByText("'nonsense' is no discount code").First)
            .ToBeVisibleAsync();

        await stack.DeleteAsync(Token);
        (await AppsAsync()).Should().BeEmpty();
        LogHasNoSecret(stack);
    }

    [Fact]
    public async Task A_new_name_and_then_a_new_role_are_the_same_app()
    {
        using var stack = NewStack();
        await stack.DeployAsync(template, Token);
        var first = (await AppsAsync()).Single();

        await stack.DeployAsync(
            template.With(r => App(r)["Properties"]!["Name"] = "Another name"),
            Token
        );
        var renamed = (await AppsAsync()).Should().ContainSingle().Which;
        await stack.DeployAsync(template.WithRenamed(RoleId()), Token);
        var moved = (await AppsAsync()).Should().ContainSingle().Which;

        renamed["name"]!.GetValue<string>().Should().Be("Another name");
        Text(renamed, "appId").Should().Be(Text(first, "appId"));
        Text(renamed, "executionRoleArn").Should().Be(Text(first, "executionRoleArn"));
        Text(moved, "appId").Should().Be(Text(first, "appId"));
        Text(moved, "executionRoleArn").Should().NotBe(Text(first, "executionRoleArn"));
        moved["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
        moved["pendingReplacement"].Should().BeNull();
    }

    [Fact]
    public async Task An_open_role_fails_the_deployment_with_the_check_and_the_statement_to_paste()
    {
        using var stack = NewStack();

        var deploying = () => stack.DeployAsync(template.With(OpenRole), Token);

        var reason = (await deploying.Should().ThrowAsync<DeploymentFailedException>())
            .Which
            .Message;
        reason.Should().Contain("trust_check_failed").And.Contain("without-external-id");
        reason.Should().Contain("\"sts:ExternalId\"").And.Contain("sts:AssumeRole");
        stack.PhysicalId("Custom::ButtonizeApp").Should().Be("__custom-resource-error__");
        await stack.DeleteAsync(Token);
        (await AppsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task An_update_that_is_refused_is_rolled_back_and_the_app_serves_on()
    {
        using var stack = NewStack();
        await stack.DeployAsync(template, Token);
        var before = (await AppsAsync()).Single();

        var deploying = () =>
            stack.DeployAsync(template.WithRenamed(RoleId()).With(OpenRole), Token);
        await deploying.Should().ThrowAsync<DeploymentFailedException>();
        await stack.DeployAsync(template, Token);

        var after = (await AppsAsync()).Should().ContainSingle().Which;
        Text(after, "appId").Should().Be(Text(before, "appId"));
        Text(after, "executionRoleArn").Should().Be(Text(before, "executionRoleArn"));
        after["verification"]!["status"]!.GetValue<string>().Should().Be("verified");
    }

    [Fact]
    public async Task A_verdict_that_does_not_come_in_time_names_what_is_missing_and_leaves_nothing()
    {
        using var stack = NewStack(handlerSeconds: 60);

        var deploying = () => stack.DeployAsync(template.With(WithoutTagSession), Token);

        var reason = (await deploying.Should().ThrowAsync<DeploymentFailedException>())
            .Which
            .Message;
        reason.Should().Contain("sts:TagSession").And.Contain("\"Effect\"");
        stack.PhysicalId("Custom::ButtonizeApp").Should().HaveLength(21);
        await stack.DeleteAsync(Token);
        (await AppsAsync()).Should().BeEmpty("the rollback deletes by the physical id");
    }

    [Fact]
    public async Task Every_event_can_come_twice()
    {
        using var stack = NewStack();
        await stack.DeployAsync(template, Token);
        var appId = stack.PhysicalId("Custom::ButtonizeApp");

        var (function, create) = stack.EventOf("Custom::ButtonizeApp", "Create");
        create["RequestId"] = stack.RequestIdOf("Custom::ButtonizeApp");
        var again = await customResources.CallAsync(function, create, Token);
        again.PhysicalResourceId.Should().Be(appId);
        (await AppsAsync()).Should().ContainSingle();

        var (_, delete) = stack.EventOf("Custom::ButtonizeApp", "Delete");
        delete["PhysicalResourceId"] = appId;
        foreach (var _ in (int[])[1, 2])
        {
            (await customResources.CallAsync(function, delete, Token)).Succeeded.Should().BeTrue();
        }

        (await AppsAsync()).Should().BeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        if (customResources is not null)
        {
            await customResources.DisposeAsync();
        }
    }

    private StackInLocalAws NewStack(int handlerSeconds = 900) =>
        new(Synthesized, lab.Lambda, customResources) { HandlerSeconds = handlerSeconds };

    private async Task<JsonArray> ReadAppsAsync()
    {
        using var deployment = Installation.Client(lab.ControlPlane, apiKey);
        var list = await deployment.GetFromJsonAsync<JsonObject>("/v1/apps", Token);
        return list!["items"]!.AsArray();
    }

    private async Task<IReadOnlyList<JsonObject>> AppsAsync() =>
        [.. (await ReadAppsAsync()).Select(a => a!.AsObject())];

    private static string FunctionOf(JsonObject app, string part) =>
        app["functionArns"]!
            .AsArray()
            .Select(a => a!.GetValue<string>())
            .Single(a => a.Contains(part, StringComparison.Ordinal));

    private static string Text(JsonObject app, string member) => app[member]!.GetValue<string>();

    private static JsonObject App(JsonObject resources) =>
        resources
            .Single(r => (string?)r.Value!["Type"] == "Custom::ButtonizeApp")
            .Value!.AsObject();

    /// <summary>The execution role: the one that trusts an account.</summary>
    private static KeyValuePair<string, JsonNode?> Role(JsonObject resources) =>
        resources.Single(r =>
            (string?)r.Value!["Type"] == "AWS::IAM::Role"
            && Statements(r.Value).Any(s => s["Principal"]!["AWS"] is not null)
        );

    private string RoleId()
    {
        var id = "";
        template.With(resources => id = Role(resources).Key);
        return id;
    }

    private static IEnumerable<JsonObject> Statements(JsonNode role) =>
        role["Properties"]!["AssumeRolePolicyDocument"]!["Statement"]!
            .AsArray()
            .Select(s => s!.AsObject());

    private static void OpenRole(JsonObject resources) =>
        Statements(Role(resources).Value!).ToList().ForEach(s => s.Remove("Condition"));

    private static void WithoutTagSession(JsonObject resources)
    {
        var statement = Statements(Role(resources).Value!).Single(s => s["Action"] is JsonArray);
        statement["Action"] = "sts:SetSourceIdentity";
    }

    private void LogHasNoSecret(StackInLocalAws stack)
    {
        var log = string.Concat(customResources.Log);
        log.Should().NotBeEmpty().And.NotContain(apiKey).And.NotContain("signature=secret");
        foreach (var secret in stack.Secrets)
        {
            log.Should().NotContain(secret);
        }
    }
}
