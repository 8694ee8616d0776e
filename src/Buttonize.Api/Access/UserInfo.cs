using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Buttonize.Api.Access;

/// <summary>
/// Asks a provider's UserInfo endpoint (OpenID Connect Core, 5.3) for what its access tokens leave out. No call fails by it, and none waits
/// for it longer than <see cref="Patience"/>.
/// </summary>
internal sealed partial class UserInfo(
    IOptionsMonitor<JwtBearerOptions> providers,
    ProfileClaims claims,
    TimeProvider time,
    ILogger<UserInfo> logger
) : IDisposable
{
    /// <summary>The longest that a call waits. The answer goes on beside, for the next one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer is remembered: a name that changes at the provider is seen after this at the latest.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long it is remembered that there was none.</summary>
    public static readonly TimeSpan LifetimeOfFailure = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private const int MaximumBytes = 64 * 1024;
    private const int Remembered = 100_000;

    private readonly Lock gate = new();
    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Remembered });

    // Redirects could lead the token anywhere.
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
    {
        MaxResponseContentBufferSize = MaximumBytes,
        Timeout = Limit,
    };

    /// <summary>
    /// What the provider says of the token's person: <see cref="Profile.None"/> where it says nothing to such tokens, and null where it did
    /// not answer, or not in time.
    /// </summary>
    /// <param name="token">The person's token.</param>
    /// <param name="personHash">The hash of issuer and subject of that token: an answer is for nobody else.</param>
    /// <param name="subject">The subject of that token.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Profile?> FindAsync(
        PresentedToken token,
        string personHash,
        string subject,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await Begin(token, personHash, subject)
                .WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http.Dispose();
        known.Dispose();
    }

    /// <summary>The one request for a person that is under way, remembered, or begun now.</summary>
    private Task<Profile?> Begin(PresentedToken token, string personHash, string subject)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (
                known.TryGetValue<Answer>(personHash, out var answer)
                && (!answer!.Profile.IsCompleted || now < answer.Until)
            )
            {
                return answer.Profile;
            }

            var next = new Answer { Until = now + LifetimeOfFailure };
            next.Profile = Task.Run(() => AskAsync(next, token, subject));
            known.Set(personHash, next, new MemoryCacheEntryOptions { Size = 1 });
            return next.Profile;
        }
    }

    /// <summary>Never fails.</summary>
    private async Task<Profile?> AskAsync(Answer answer, PresentedToken token, string subject)
    {
        try
        {
            var profile = await RequestAsync(token, subject);
            answer.Until = time.GetUtcNow() + (profile is null ? LifetimeOfFailure : Lifetime);
            return profile;
        }
        catch (Exception fault)
        {
            LogNoAnswer(logger, token.Scheme, fault.GetType().Name);
            answer.Until = time.GetUtcNow() + LifetimeOfFailure;
            return null;
        }
    }

    private async Task<Profile?> RequestAsync(PresentedToken token, string subject)
    {
        var provider = providers.Get(token.Scheme);
        using var limit = new CancellationTokenSource(Limit, time);
        var document = (OpenIdConnectConfiguration)
            await provider.ConfigurationManager!.GetConfigurationAsync(limit.Token);
        if (
            !Uri.TryCreate(document.UserInfoEndpoint, UriKind.Absolute, out var endpoint)
            || (provider.RequireHttpsMetadata && endpoint.Scheme != Uri.UriSchemeHttps)
        )
        {
            return Profile.None;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Text);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await http.SendAsync(request, limit.Token);
        if (
            response.StatusCode != HttpStatusCode.OK
            || response.Content.Headers.ContentType?.MediaType != "application/json"
        )
        {
            LogNoAnswer(logger, token.Scheme, $"status {(int)response.StatusCode}");

            // A token that this endpoint does not take (Entra ID's is for tokens of another audience) will not be taken the next time either.
            return
                response.StatusCode
                    is HttpStatusCode.TooManyRequests
                        or HttpStatusCode.RequestTimeout
                        or >= HttpStatusCode.InternalServerError
                ? null
                : Profile.None;
        }

        using var json = JsonDocument.Parse(
            await response.Content.ReadAsByteArrayAsync(limit.Token)
        );
        return Read(json.RootElement, subject);
    }

    /// <summary>The claims, if they are those of the token's person (OpenID Connect Core, 5.3.2).</summary>
    private Profile Read(JsonElement answer, string subject)
    {
        return ValueOf("sub") == subject ? Profile.Of(claims, ValueOf) : Profile.None;

        string? ValueOf(string claim) =>
            answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(claim, out var value)
                ? value.ValueKind switch
                {
                    JsonValueKind.String => value.GetString(),
                    JsonValueKind.True => "true",
                    _ => null,
                }
                : null;
    }

    [LoggerMessage(
        1105,
        LogLevel.Warning,
        "The UserInfo endpoint of the provider {Scheme} did not serve a person's claims: {Reason}"
    )]
    private static partial void LogNoAnswer(ILogger logger, string scheme, string reason);

    /// <summary>An answer that is there, or to come.</summary>
    private sealed class Answer
    {
        public required DateTimeOffset Until { get; set; }

        public Task<Profile?> Profile { get; set; } = Task.FromResult<Profile?>(null);
    }
}
