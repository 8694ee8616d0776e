using System.Text.RegularExpressions;
using Buttonize.Api.Tests.Fixtures;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Buttonize.EndToEnd.Tests.Browser;

/// <summary>The use flow in a real browser, from the sign-in to the function's answer and the customer's CloudTrail.</summary>
public sealed partial class UseFlowTests(PageLab lab) : IClassFixture<PageLab>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payload_and_answer_go_between_browser_and_Lambda_and_nobody_else_sees_them()
    {
        await using var browser = await lab.OpenAsync();
        var sent = $"sent-{Guid.NewGuid():N}";
        var answered = $"answered-{Guid.NewGuid():N}";
        var app = await lab.DeployAsync(
            "<b>Codes</b> & <img src=x onerror=alert(1)>",
            "sh",
            "-c",
            $$"""read -r line; echo "{\"answer\":\"{{answered}}\",\"got\":$line}" """
        );
        await browser.SignInAsync(app);
        await browser.PictureAsync("before");

        await browser.RunAsync($$"""{"question":"{{sent}}"}""");

        await Expect(browser.Answer).ToContainTextAsync(answered);
        await Expect(browser.Answer).ToContainTextAsync(sent);
        await browser.PictureAsync("answered");
        browser.Complaints.Should().BeEmpty();

        var lambda = lab.Lambda.GetLeftPart(UriPartial.Authority);
        var seen = new HashSet<string>();
        foreach (var exchange in browser.Exchanges)
        {
            var wire = await exchange.SentAsync() + await exchange.ReceivedAsync();
            if (
                wire.Contains(sent, StringComparison.Ordinal)
                || wire.Contains(answered, StringComparison.Ordinal)
            )
            {
                seen.Add(exchange.Origin);
            }
        }

        seen.Should().Equal(lambda);
        browser
            .Requests.Where(r => r.Url.ToString().Contains(sent) || r.Body.Contains(sent))
            .Select(r => r.Url.GetLeftPart(UriPartial.Authority))
            .Distinct()
            .Should()
            .Equal(lambda);
        browser
            .Exchanges.Should()
            .Contain(e => e.Origin == lambda && e.Method == "POST")
            .And.ContainSingle(e => e.Call == "credentials");
    }

    [Fact]
    public async Task The_page_says_as_whom_it_ran_until_when_and_what_CloudTrail_has()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Discount codes", "cat");
        await browser.SignInAsync(app);
        await browser.RunAsync("""{"campaign":"spring"}""");

        var panel = browser.Page.GetByRole(AriaRole.Region, new() { Name = "As whom it ran" });
        await Expect(panel).ToContainTextAsync($"assumed-role/{app.RoleArn.Split('/')[^1]}/btnz__");
        var countdown = panel.GetByRole(AriaRole.Timer);
        await Expect(countdown).ToHaveTextAsync(TimeLeft());
        var first = await countdown.TextContentAsync();
        await Expect(countdown).Not.ToHaveTextAsync(first!);

        var shown = await panel.InnerTextAsync();
        var session = (await lab.Aws.SessionsAsync(app.RoleArn, Token))
            .Should()
            .ContainSingle()
            .Which;
        var identity = session["requestParameters"]!["sourceIdentity"]!.GetValue<string>();
        identity.Should().MatchRegex(@"\Abtnz__[A-Za-z0-9_-]{21}__ada\z");
        shown.Should().Contain(identity);
        var invocations = await lab.Aws.TrailAsync("Invoke", "123456789012", Token);
        var invocation = invocations.First(r =>
            r!["userIdentity"]!["sessionContext"]!["sourceIdentity"]!.GetValue<string>() == identity
            && r.ToJsonString().Contains(app.FunctionArn, StringComparison.Ordinal)
        )!;
        shown.Should().Contain(invocation["requestID"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_second_run_needs_no_second_session_and_nothing_is_kept_in_the_browser()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Twice", "cat");
        await browser.SignInAsync(app);

        foreach (var number in (int[])[1, 2, 3])
        {
            await browser.RunAsync($$"""{"number":{{number}}}""");
            await Expect(browser.Answer).ToContainTextAsync($"{number}");
        }

        browser.Exchanges.Count(e => e.Call == "credentials").Should().Be(1);
        var kept = await browser.Page.EvaluateAsync<int[]>(
            "async () => [localStorage.length, sessionStorage.length, document.cookie.length, (await indexedDB.databases()).length, (await caches.keys()).length]"
        );
        kept.Should().AllBeEquivalentTo(0);
    }

    [Fact]
    public async Task It_works_by_keyboard_alone()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Keys only", "cat");
        var (page, keyboard) = (browser.Page, browser.Page.Keyboard);
        await page.GotoAsync($"{lab.ControlPlane}#/{app.OrganizationId}/{app.AppId}");
        await TabToAsync(page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }));
        await keyboard.PressAsync("Enter");
        await TabToAsync(page.GetByLabel("User name"));
        await keyboard.PressAsync("Enter");
        await Expect(browser.RunButton).ToBeVisibleAsync();

        await TabToAsync(browser.Payload);
        foreach (var typed in (string[])["first", "second"])
        {
            await keyboard.PressAsync("ControlOrMeta+A");
            await keyboard.TypeAsync($$"""{"typed":"{{typed}}"}""");
            await keyboard.PressAsync("Tab");
            await Expect(browser.RunButton).ToBeFocusedAsync();
            await keyboard.PressAsync("Enter");
            await Expect(browser.Answer).ToContainTextAsync(typed);
            await Expect(browser.RunButton).ToBeFocusedAsync();
            await keyboard.PressAsync("Shift+Tab");
        }

        async Task TabToAsync(ILocator target)
        {
            await Expect(target).ToBeVisibleAsync();
            for (var presses = 0; presses < 20; presses++)
            {
                await keyboard.PressAsync("Tab");
                if (await target.EvaluateAsync<bool>("e => e === document.activeElement"))
                {
                    return;
                }
            }

            Assert.Fail($"20 presses of Tab do not lead to {target}.");
        }
    }

    [Fact]
    public async Task An_answer_is_shown_as_the_function_wrote_it()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Numbers", "cat");
        await browser.SignInAsync(app);

        await browser.RunAsync("""{"order":9007199254740993,"price":1.0,"b":1,"a":2}""");

        await Expect(browser.Answer)
            .ToHaveTextAsync(
                new Regex(
                    "^\\{\\s+\"order\": 9007199254740993,\\s+\"price\": 1\\.0,\\s+\"b\": 1,\\s+\"a\": 2\\s+\\}$"
                )
            );
    }

    [Fact]
    public async Task Leaving_an_app_while_it_runs_and_coming_back_shows_its_answer_and_runs_nothing_again()
    {
        await using var browser = await lab.OpenAsync();
        var gate = Path.Join(Path.GetTempPath(), $"buttonize-gate-{Guid.NewGuid():N}");
        var slow = await lab.DeployAsync(
            "Slow",
            "sh",
            "-c",
            $"while [ ! -e {gate} ]; do sleep 0.1; done; cat"
        );
        var other = await lab.DeployAsync("Other", "cat");
        try
        {
            await browser.SignInAsync(slow);
            await browser.RunAsync("""{"typed":"and kept"}""");
            await GoAsync(other);
            await Expect(browser.Page.GetByRole(AriaRole.Heading, new() { Name = "Other" }))
                .ToBeVisibleAsync();
            await Expect(browser.Payload).ToHaveValueAsync("{}");

            await GoAsync(slow);
            await Expect(browser.Payload).ToHaveValueAsync("""{"typed":"and kept"}""");
            // Pressed all the same: it says that it is disabled, which Playwright would wait for to end.
            await browser
                .Page.GetByRole(AriaRole.Button, new() { Name = "Running" })
                .ClickAsync(new LocatorClickOptions { Force = true });
            await File.WriteAllTextAsync(gate, "", Token);
            await Expect(browser.Answer).ToContainTextAsync("and kept");
            browser
                .Requests.Count(r =>
                    r.Url.AbsolutePath.EndsWith("/invocations", StringComparison.Ordinal)
                    && r.Method == "POST"
                )
                .Should()
                .Be(1);
        }
        finally
        {
            File.Delete(gate);
        }

        Task GoAsync(DeployedApp app) =>
            browser.Page.EvaluateAsync(
                $"() => {{ location.hash = '/{app.OrganizationId}/{app.AppId}'; }}"
            );
    }

    [Fact]
    public async Task An_address_of_an_app_that_is_not_there_runs_no_other()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("There", "cat");
        await browser.Page.GotoAsync(
            $"{lab.ControlPlane}#/{app.OrganizationId}/V1StGXR8_Z5jdHi6B-myT"
        );
        await browser.SignInAgainAsync("Sign in");

        await Expect(browser.Page.GetByText("This app is not here")).ToBeVisibleAsync();
        await Expect(browser.RunButton).ToHaveCountAsync(0);
        await browser.Page.GetByLabel("There").CheckAsync();
        await Expect(browser.RunButton).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_is_no_JSON_is_not_sent()
    {
        await using var browser = await lab.OpenAsync();
        var app = await lab.DeployAsync("Typos", "cat");
        await browser.SignInAsync(app);

        await browser.RunAsync("{oops");

        await Expect(browser.Failure).ToContainTextAsync("This is not JSON yet");
        await Expect(browser.Payload).ToBeFocusedAsync();
        browser.Exchanges.Should().NotContain(e => e.Call == "credentials");
    }

    [Theory]
    [InlineData("phone-light", 390, ColorScheme.Light)]
    [InlineData("phone-dark", 390, ColorScheme.Dark)]
    [InlineData("desk-dark", 1280, ColorScheme.Dark)]
    public async Task It_fits_and_is_accessible_in_light_and_dark(
        string name,
        int width,
        ColorScheme scheme
    )
    {
        await using var browser = await lab.OpenAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = 844 },
                ColorScheme = scheme,
                // The checker is injected, which the page's own policy forbids.
                BypassCSP = true,
            }
        );
        var app = await lab.DeployAsync("Discount codes", "cat");
        await browser.Page.GotoAsync(lab.ControlPlane.ToString());
        await Expect(
                browser.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true })
            )
            .ToBeVisibleAsync();
        (await AccessibilityAsync(browser)).Should().BeEmpty();
        await browser.SignInAsync(app);
        await browser.RunAsync("""{"campaign":"spring"}""");
        await Expect(browser.Answer).ToContainTextAsync("spring");

        await browser.PictureAsync(name);
        (await AccessibilityAsync(browser)).Should().BeEmpty();
        var tooWide = await browser.Page.EvaluateAsync<bool>(
            "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
        );
        tooWide.Should().BeFalse("nothing may need scrolling sideways");
    }

    /// <summary>What axe finds against WCAG 2.2 AA.</summary>
    private static async Task<string[]> AccessibilityAsync(BrowserPage browser)
    {
        var axe = Path.Join(
            Repository.Root,
            "src/buttonize-console/node_modules/axe-core/axe.min.js"
        );
        await browser.Page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = axe });
        return await browser.Page.EvaluateAsync<string[]>(
            """
            async () => {
              const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
              const result = await axe.run(document, { runOnly: tags });
              return result.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html).join(" ")}`);
            }
            """
        );
    }

    [GeneratedRegex("^1[45]:[0-5][0-9] left$")]
    private static partial Regex TimeLeft();
}
