using Buttonize.Local.Processes;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Buttonize.Local.OpenId;

/// <summary>
/// An OpenID provider for this machine, in this process: discovery, keys, authorization code with PKCE, userinfo, refresh
/// tokens, and the password grant. It keeps nothing: keys are new at each start, and tokens of an earlier one are worthless.
/// </summary>
public sealed class OpenIdProvider : IAsyncDisposable
{
    /// <summary>The one public client.</summary>
    public const string ClientId = "buttonize-console";

    /// <summary>The audience of its access tokens.</summary>
    public const string Audience = "buttonize";

    internal const string AuthorizationPath = "connect/authorize";
    internal const string TokenPath = "connect/token";
    internal const string UserInfoPath = "connect/userinfo";

    private static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromHours(1);

    private readonly WebApplication _app;

    private OpenIdProvider(WebApplication app, Uri issuer)
    {
        _app = app;
        Issuer = issuer;
        TokenEndpoint = new Uri(issuer, TokenPath);
    }

    /// <summary>Where it answers; also the <c>iss</c> claim.</summary>
    public Uri Issuer { get; }

    /// <summary>Where tokens are asked for.</summary>
    public Uri TokenEndpoint { get; }

    /// <summary>Starts the provider on loopback.</summary>
    /// <param name="port">The port; 0 picks a free one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartFailedException">The port is taken.</exception>
    public static async Task<OpenIdProvider> StartAsync(
        int port,
        CancellationToken cancellationToken
    )
    {
        var issuer = new Uri($"http://localhost:{(port == 0 ? LocalPort.PickFree() : port)}");

        // An empty builder: ASPNETCORE_URLS and the like are meant for the control plane, not for this.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(issuer.AbsoluteUri);
        builder.Services.AddSingleton<IHostLifetime, GuestLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddAuthentication();
        // Nothing here outlives the process, so no keys on disk either.
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .SetIsOriginAllowed(LoopbackClient.IsLoopbackOrigin)
                    .AllowAnyHeader()
                    .AllowAnyMethod()
            )
        );
        builder.Services.AddOpenIddict().AddServer(server => Configure(server, issuer));

        var app = builder.Build();
        app.UseCors();
        app.UseRouting();
        app.UseAuthentication();
        app.MapLogin();
        try
        {
            await app.StartAsync(cancellationToken);
            return new OpenIdProvider(app, issuer);
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new StartFailedException(
                $"The OpenID provider cannot listen: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Stops it.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Configure(OpenIddictServerBuilder server, Uri issuer)
    {
        server
            .SetIssuer(issuer)
            .SetAuthorizationEndpointUris(AuthorizationPath)
            .SetTokenEndpointUris(TokenPath)
            .SetUserInfoEndpointUris(UserInfoPath)
            .RegisterScopes(OpenIddictConstants.Scopes.Profile, OpenIddictConstants.Scopes.Email)
            .AllowAuthorizationCodeFlow()
            .AllowRefreshTokenFlow()
            .RequireProofKeyForCodeExchange()
            // OAuth 2.1 drops this grant, since an application sees the password. Here it is a made-up person's, on
            // loopback only, and one line of curl gets a token.
            .AllowPasswordFlow()
            .SetAccessTokenLifetime(AccessTokenLifetime)
            .AddEphemeralSigningKey()
            // For authorization codes. Access tokens are plain signed JWTs, as the control plane gets them elsewhere.
            .AddEphemeralEncryptionKey()
            .DisableAccessTokenEncryption()
            // No database: the one client is checked by the handlers below, and nobody revokes a token of a demo.
            .EnableDegradedMode();
        server.AddEventHandler<ValidateAuthorizationRequestContext>(handler =>
            handler.UseInlineHandler(LoopbackClient.Check)
        );
        server.AddEventHandler<ValidateTokenRequestContext>(handler =>
            handler.UseInlineHandler(LoopbackClient.Check)
        );
        server.AddEventHandler<HandleTokenRequestContext>(handler =>
            handler.UseInlineHandler(PasswordGrant.Handle)
        );
        server.AddEventHandler<HandleUserInfoRequestContext>(handler =>
            handler.UseInlineHandler(PersonClaims.AddUserInfo)
        );
        // The transport is loopback, so plain HTTP gives nothing away.
        server
            .UseAspNetCore()
            .EnableAuthorizationEndpointPassthrough()
            .DisableTransportSecurityRequirement();
    }

    /// <summary>
    /// Signals are the launcher's (or a test run's) to handle. The usual lifetime would catch SIGINT and SIGTERM for a host that
    /// nobody waits for, and so keep the process alive.
    /// </summary>
    private sealed class GuestLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
