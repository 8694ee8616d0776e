using Buttonize.EndToEnd.Tests.Fixtures;
using Microsoft.Playwright;

namespace Buttonize.EndToEnd.Tests.Browser;

/// <summary>The machine's own Chromium, without a window.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names =
    [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];

    private readonly IPlaywright playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) =>
        (this.playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>The program, or null where there is none.</summary>
    public static string? Find() => Programs.Find(Names);

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> StartAsync(string program)
    {
        var playwright = await Playwright.CreateAsync();
        return new Chromium(
            playwright,
            await playwright.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions
                {
                    ExecutablePath = program,
                    // A sandbox needs rights that containers and root do not have; the pages are our own.
                    Args = ["--no-sandbox", "--disable-dev-shm-usage"],
                }
            )
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.CloseAsync();
        playwright.Dispose();
    }
}
