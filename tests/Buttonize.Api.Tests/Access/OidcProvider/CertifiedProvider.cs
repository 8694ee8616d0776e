using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Buttonize.LocalAws.Tests.Clients;

namespace Buttonize.Api.Tests.Access.OidcProvider;

/// <summary>
/// A certified OpenID provider that nobody here wrote (the npm package <c>oidc-provider</c>), as a process of its own. It ends with its
/// standard input, so also when this process is killed.
/// </summary>
internal sealed class CertifiedProvider : IAsyncDisposable
{
    private const string RedirectUri = "https://console.example/callback";

    private readonly Process process;

    private CertifiedProvider(Process process, string issuer, string audience) =>
        (this.process, Issuer, Audience) = (process, issuer, audience);

    public string Issuer { get; }

    public string Audience { get; }

    /// <summary>Why it cannot run here; null where it can.</summary>
    public static string? Missing() =>
        new[] { "node", "npm" }.FirstOrDefault(name =>
            !(Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Any(folder => File.Exists(Path.Combine(folder, name)))
        )
            is { } missing
            ? $"There is no {missing} on the PATH."
            : null;

    public static async Task<CertifiedProvider> StartAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Join(AppContext.BaseDirectory, "Access", "OidcProvider");
        var packages = await NodePackages.EnsureAsync("oidc-provider", folder, cancellationToken);
        var process = Process.Start(
            new ProcessStartInfo("node", [Path.Join(folder, "provider.mjs"), packages])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var started = await AnswerAsync(process, cancellationToken);
        return new CertifiedProvider(
            process,
            started["issuer"]!.GetValue<string>(),
            started["audience"]!.GetValue<string>()
        );
    }

    /// <summary>The next line of JSON that it writes; its notices stand between.</summary>
    private static async Task<JsonObject> AnswerAsync(
        Process process,
        CancellationToken cancellationToken
    )
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith('{'))
            {
                return JsonNode.Parse(line)!.AsObject();
            }
        }

        throw new InvalidOperationException("oidc-provider has ended.");
    }

    /// <summary>Gives it new keys in place of the old ones.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync("rotate".AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        (await AnswerAsync(process, cancellationToken))["rotated"]!
            .GetValue<bool>()
            .Should()
            .BeTrue();
    }

    /// <summary>Signs a person in as a browser and its page do: authorization code flow with PKCE (RFC 7636).</summary>
    /// <returns>The token answer: access token and ID token.</returns>
    public async Task<JsonObject> SignInAsync(string userName, CancellationToken cancellationToken)
    {
        using var browser = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }
        );
        var cookies = new CookieContainer();
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var challenge = Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(verifier))
        );
        var signIn = await FollowAsync(
            $"{Issuer}/auth?client_id=console&response_type=code&scope=openid+profile+email+buttons"
                + $"&redirect_uri={Uri.EscapeDataString(RedirectUri)}&code_challenge={challenge}&code_challenge_method=S256"
        );
        var signedIn = await FollowAsync($"{signIn}?username={userName}");
        var callback = await FollowAsync(signedIn);
        callback.Should().StartWith(RedirectUri);
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["client_id"] = "console",
                ["grant_type"] = "authorization_code",
                ["code"] = HttpUtility.ParseQueryString(new Uri(callback).Query)["code"]!,
                ["redirect_uri"] = RedirectUri,
                ["code_verifier"] = verifier,
            }
        );
        using var answer = await browser.PostAsync($"{Issuer}/token", form, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, "the code is good");
        return JsonNode.Parse(text)!.AsObject();

        async Task<string> FollowAsync(string address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation(
                "Cookie",
                cookies.GetCookieHeader(request.RequestUri!)
            );
            using var response = await browser.SendAsync(request, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.SeeOther, address);
            foreach (
                var cookie in response.Headers.TryGetValues("Set-Cookie", out var set) ? set : []
            )
            {
                cookies.SetCookies(request.RequestUri!, cookie);
            }

            return new Uri(request.RequestUri!, response.Headers.Location!).ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
