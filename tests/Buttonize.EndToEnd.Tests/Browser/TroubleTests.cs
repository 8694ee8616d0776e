using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Buttonize.EndToEnd.Tests.Browser;

/// <summary>What goes wrong for people, and the sentence that each of it shows.</summary>
public sealed class TroubleTests(PageLab lab) : IClassFixture<PageLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_error_is_told_as_the_functions_own()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync(
            "Fails",
            "sh",
            "-c",
            """echo '{"errorType":"RangeError","errorMessage":"There is no campaign of that name."}'; exit 1"""
        );
        await browser.SignInAsync(app);

        await browser.RunAsync("{}");

        await Expect(
                browser.Page.GetByRole(
                    AriaRole.Heading,
                    new() { Name = "The function ran and failed" }
                )
            )
            .ToBeVisibleAsync();
        await Expect(browser.Page.GetByText("There is no campaign of that name.").First)
            .ToBeVisibleAsync();
        await browser.PictureAsync("function-error");
    }

    [Fact]
    public async Task A_suspended_app_says_why()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Suspended", "cat");
        await browser.SignInAsync(app);
        await lab.SuspendAsync(app, "The stock is being counted.");

        await browser.RunAsync("{}");

        await Expect(browser.Failure).ToContainTextAsync("This app is suspended");
        await Expect(browser.Failure).ToContainTextAsync("app_suspended");
        await browser.PictureAsync("suspended");

        await browser.Page.ReloadAsync();
        await browser.SignInAgainAsync("Sign in");
        await Expect(browser.Page.GetByText("The stock is being counted.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_role_that_refuses_says_so()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Refuses", "cat");
        await browser.SignInAsync(app);
        await lab.Aws.RefuseAsync(app.RoleArn, Token);

        await browser.RunAsync("{}");

        await Expect(browser.Failure).ToContainTextAsync("AWS refused the app's role");
        await Expect(browser.Failure).ToContainTextAsync("role_refused");
        await browser.PictureAsync("role-refused");
    }

    [Fact]
    public async Task A_function_that_the_role_does_not_allow_says_so()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Not allowed", roleMayInvoke: false, "cat");
        await browser.SignInAsync(app);

        await browser.RunAsync("{}");

        await Expect(browser.Failure)
            .ToContainTextAsync("The app's role may not run this function");
        await Expect(browser.Failure).ToContainTextAsync("lambda:InvokeFunction");
    }

    [Theory]
    [InlineData(30)]
    [InlineData(-30)]
    public async Task A_clock_that_is_half_an_hour_wrong_does_no_harm(int minutes)
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Wrong clock", "cat");
        await browser.Context.AddInitScriptAsync(
            $$"""
            {
              const offset = {{minutes}} * 60_000, Real = Date;
              globalThis.Date = class Date extends Real {
                constructor(...values) { values.length === 0 ? super(Real.now() + offset) : super(...values); }
                static now() { return Real.now() + offset; }
              };
            }
            """
        );
        await browser.SignInAsync(app);

        foreach (var number in (int[])[1, 2])
        {
            await browser.RunAsync($$"""{"number":{{number}}}""");
            await Expect(browser.Answer).ToContainTextAsync($"{number}");
        }

        await Expect(browser.Page.GetByText($"about 30 minutes {(minutes > 0 ? "fast" : "slow")}"))
            .ToBeVisibleAsync();
        await Expect(browser.Page.GetByRole(AriaRole.Timer)).ToContainTextAsync("left");
        browser.Exchanges.Count(e => e.Call == "credentials").Should().Be(1);
        browser
            .Exchanges.Where(e => e.Call == "invocations" && e.Method == "POST")
            .Should()
            .AllSatisfy(e => e.Status.Should().Be(200))
            .And.HaveCount(2);
        await browser.PictureAsync($"clock-{minutes}");
    }

    [Fact]
    public async Task A_token_that_ends_mid_way_is_renewed_unseen()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Renewed", "cat");
        await browser.SignInAsync(app);
        var spoiled = 0;
        await browser.Page.RouteAsync(
            "**/credentials",
            route =>
                Interlocked.Increment(ref spoiled) == 1 ? SpoilAsync(route) : route.ContinueAsync()
        );

        await browser.RunAsync("""{"still":"here"}""");

        await Expect(browser.Answer).ToContainTextAsync("here");
        browser
            .Exchanges.Where(e => e.Call == "credentials")
            .Select(e => e.Status)
            .Should()
            .Equal(401, 200);
    }

    [Fact]
    public async Task A_sign_in_that_is_over_asks_for_another_and_keeps_what_was_typed()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Signed out", "cat");
        await browser.SignInAsync(app);
        await browser.Page.RouteAsync("**/credentials", SpoilAsync);
        await browser.Page.RouteAsync(
            "**/connect/token",
            route =>
                route.ContinueAsync(
                    new RouteContinueOptions
                    {
                        PostData = Encode(
                            "grant_type=refresh_token&refresh_token=ended&client_id=buttonize-console"
                        ),
                    }
                )
        );

        await browser.RunAsync("""{"kept":"as it was"}""");

        await Expect(browser.Failure).ToContainTextAsync("Your sign-in has ended");
        await browser.PictureAsync("sign-in-ended");
        await browser.Page.UnrouteAllAsync();
        await browser.SignInAgainAsync("Sign in again");
        await Expect(browser.Payload).ToHaveValueAsync("""{"kept":"as it was"}""");
        await browser.RunButton.ClickAsync();
        await Expect(browser.Answer).ToContainTextAsync("as it was");
    }

    [Fact]
    public async Task Signing_out_stops_what_has_not_begun_and_the_next_sign_in_asks_who_it_is()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Signs out", "cat");
        await browser.SignInAsync(app);
        var asked = new TaskCompletionSource<IRoute>();
        await browser.Page.RouteAsync(
            "**/credentials",
            route =>
            {
                asked.SetResult(route);
                return Task.CompletedTask;
            }
        );
        await browser.RunAsync("{}");
        var credentials = await asked.Task;

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await browser.Page.RunAndWaitForResponseAsync(
            () => credentials.ContinueAsync(),
            response => response.Url.EndsWith("/credentials", StringComparison.Ordinal)
        );

        await Expect(browser.Page.GetByText("You are signed out here.")).ToBeVisibleAsync();
        await browser.SignInAgainAsync("Sign in");
        await Expect(browser.RunButton).ToBeVisibleAsync();
        browser.Requests.Should().Contain(r => r.Url.Query.Contains("prompt=login"));
        browser.Requests.Should().NotContain(r => r.Url.AbsolutePath.EndsWith("/invocations"));
    }

    [Fact]
    public async Task A_sign_in_service_that_falters_ends_no_sign_in()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Falters", "cat");
        await browser.SignInAsync(app);
        await browser.Page.RouteAsync("**/credentials", SpoilAsync);
        await browser.Page.RouteAsync(
            "**/connect/token",
            route => route.FulfillAsync(new RouteFulfillOptions { Status = 503 })
        );

        await browser.RunAsync("""{"then":"it works"}""");

        await Expect(browser.Failure).ToContainTextAsync("Your sign-in cannot be renewed just now");
        await browser.Page.UnrouteAllAsync();
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(browser.Answer).ToContainTextAsync("it works");
    }

    [Fact]
    public async Task What_the_provider_refuses_is_said_and_the_address_is_tidied()
    {
        await using var browser = await lab.OpenAsync();
        await browser.Page.GotoAsync(lab.ControlPlane.ToString());
        await browser
            .Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true })
            .ClickAsync();
        await Expect(browser.Page.GetByLabel("User name")).ToBeVisibleAsync();

        await browser.Page.GotoAsync(
            $"{lab.ControlPlane}?error=access_denied&error_description=You+are+not+assigned"
        );

        await Expect(browser.Failure).ToContainTextAsync("You are not assigned. Try again.");
        browser.Page.Url.Should().Be(lab.ControlPlane.ToString());
    }

    [Theory]
    [InlineData("?code=of-somebody-else&state=of-somebody-else")]
    [InlineData("?error=access_denied&error_description=Call+this+number")]
    public async Task A_return_from_a_sign_in_that_nobody_began_here_is_not_believed(string query)
    {
        await using var browser = await lab.OpenAsync();

        await browser.Page.GotoAsync($"{lab.ControlPlane}{query}");

        await Expect(browser.Failure)
            .ToHaveTextAsync("This sign-in was not begun in this tab. Sign in here.");
        browser.Page.Url.Should().Be(lab.ControlPlane.ToString());
        browser.Requests.Should().NotContain(r => r.Url.AbsolutePath == "/connect/token");
    }

    [Fact]
    public async Task Without_a_network_it_says_that_nothing_was_run()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Offline", "cat");
        await browser.SignInAsync(app);
        await browser.Context.SetOfflineAsync(true);

        await browser.RunAsync("""{"after":"all"}""");

        await Expect(browser.Failure)
            .ToContainTextAsync(
                "The control plane cannot be reached",
                new LocatorAssertionsToContainTextOptions { Timeout = 30_000 }
            );
        await Expect(browser.Failure).ToContainTextAsync("Nothing was run.");
        await browser.PictureAsync("offline");
        await browser.Context.SetOfflineAsync(false);
        await browser.RunButton.ClickAsync();
        await Expect(browser.Answer).ToContainTextAsync("all");
    }

    [Fact]
    public async Task A_call_that_Lambda_never_answered_may_have_run_and_is_not_repeated()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Lost", "cat");
        await browser.SignInAsync(app);
        var calls = 0;
        await browser.Page.RouteAsync(
            "**/invocations",
            async route =>
            {
                Interlocked.Increment(ref calls);
                await route.AbortAsync("connectionreset");
            }
        );

        await browser.RunAsync("{}");

        await Expect(browser.Failure).ToContainTextAsync("AWS Lambda cannot be reached");
        await Expect(browser.Failure)
            .ToContainTextAsync("Whether the function has run is not known");
        calls.Should().Be(1);
    }

    /// <summary>A token that the control plane refuses, as one that has run out.</summary>
    private static Task SpoilAsync(IRoute route)
    {
        var headers = new Dictionary<string, string>(route.Request.Headers);
        headers["authorization"] = headers["authorization"][..^8] + "AAAAAAAA";
        return route.ContinueAsync(new RouteContinueOptions { Headers = headers });
    }

    private static byte[] Encode(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
