using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Buttonize.EndToEnd.Tests.Browser;

/// <summary>The page in a browser, with everything that goes over the wire written down.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<Exchange> exchanges = new();
    private readonly ConcurrentQueue<(string Method, Uri Url, string Body)> requests = new();
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly IBrowserContext context;
    private readonly PageLab lab;

    private BrowserPage(IBrowserContext context, IPage page, PageLab lab) =>
        (this.context, Page, this.lab) = (context, page, lab);

    public IPage Page { get; }

    public IBrowserContext Context => context;

    public ILocator RunButton =>
        Page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true });

    public ILocator Function => Shown("Function");

    public ILocator Payload => Shown("Payload (JSON)");

    /// <summary>What the function answered.</summary>
    public ILocator Answer => Shown("Answer");

    /// <summary>What a failure shows: title, sentence, and what can be done.</summary>
    public ILocator Failure => Page.Locator("main").GetByRole(AriaRole.Alert);

    /// <summary>Every answered request, in order.</summary>
    public IReadOnlyList<Exchange> Exchanges => [.. exchanges];

    /// <summary>Every request that was begun, answered or not.</summary>
    public IReadOnlyList<(string Method, Uri Url, string Body)> Requests => [.. requests];

    /// <summary>What the browser complained about: policy violations and scripts that failed.</summary>
    public IReadOnlyList<string> Complaints => [.. complaints];

    internal static async Task<BrowserPage> OpenAsync(IBrowserContext context, PageLab lab)
    {
        var page = await context.NewPageAsync();
        var opened = new BrowserPage(context, page, lab);
        page.Response += (_, response) => opened.exchanges.Enqueue(new Exchange(response));
        context.Request += (_, request) =>
            opened.requests.Enqueue((request.Method, new Uri(request.Url), request.PostData ?? ""));
        page.PageError += (_, error) => opened.complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
            {
                opened.complaints.Enqueue(message.Text);
            }
        };
        return opened;
    }

    /// <summary>Opens the page at an app, and signs in as Ada through the provider's own form.</summary>
    public async Task SignInAsync(DeployedApp app)
    {
        await Page.GotoAsync($"{lab.ControlPlane}#/{app.OrganizationId}/{app.AppId}");
        await SignInAgainAsync("Sign in");
        await Expect(RunButton).ToBeVisibleAsync();
    }

    /// <summary>Presses a button that leads to the provider, and comes back signed in.</summary>
    public async Task SignInAgainAsync(string button)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Page.GetByLabel("User name").FillAsync("ada");
        await Page.GetByLabel("Password").FillAsync("ada");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Page.WaitForURLAsync(url =>
            url.StartsWith(lab.ControlPlane.ToString(), StringComparison.Ordinal)
        );
    }

    /// <summary>Runs the app's function.</summary>
    public async Task RunAsync(string payload)
    {
        await Payload.FillAsync(payload);
        await RunButton.ClickAsync();
    }

    /// <summary>Puts a picture of the whole page beside the tests' program, and says where.</summary>
    public async Task PictureAsync(string name)
    {
        var path = Path.Join(AppContext.BaseDirectory, "screenshots", $"{name}.png");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        TestContext.Current.TestOutputHelper?.WriteLine($"Picture: {path}");
    }

    /// <summary>By its label, in the form of the app that is chosen: those of others are there, and hidden.</summary>
    private ILocator Shown(string label) =>
        Page.GetByLabel(label, new() { Exact = true }).Locator("visible=true");

    public async ValueTask DisposeAsync() => await context.CloseAsync();
}

/// <summary>One answered request.</summary>
public sealed class Exchange(IResponse response)
{
    public Uri Url { get; } = new(response.Url);

    public string Origin => Url.GetLeftPart(UriPartial.Authority);

    /// <summary>The last part of the path: which call it was.</summary>
    public string Call => Url.Segments[^1];

    public string Method => response.Request.Method;

    public int Status => response.Status;

    /// <summary>Everything that was sent: address, headers and body.</summary>
    public async Task<string> SentAsync() =>
        string.Join(
            '\n',
            [
                response.Url,
                .. (await response.Request.AllHeadersAsync()).Select(h => $"{h.Key}: {h.Value}"),
                response.Request.PostData ?? "",
            ]
        );

    /// <summary>The body that came back; nothing where there is none to read (redirects, preflights).</summary>
    public async Task<string> ReceivedAsync()
    {
        try
        {
            return await response.TextAsync();
        }
        catch (PlaywrightException)
        {
            return "";
        }
    }
}
