using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A server of OpenID providers, one for each test that wants its own: real discovery, real keys.</summary>
public sealed class OpenIdProviders : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, OpenIdProvider> providers = new(
        StringComparer.Ordinal
    );
    private WebApplication? app;
    private Uri? address;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.MapGet(
            "/{name}/.well-known/openid-configuration",
            (string name) =>
                providers.TryGetValue(name, out var provider) && !provider.Down
                    ? Results.Json(
                        new
                        {
                            issuer = provider.ClaimedIssuer ?? provider.Issuer,
                            jwks_uri = provider.Issuer + "/jwks",
                            authorization_endpoint = provider.Issuer + "/authorize",
                            token_endpoint = provider.Issuer + "/token",
                            userinfo_endpoint = provider.UserInfo is null
                                ? null
                                : provider.Issuer + "/userinfo",
                        }
                    )
                    : Results.StatusCode(503)
        );
        app.MapGet(
            "/{name}/jwks",
            (string name) =>
            {
                providers[name].CountFetch();
                return Results.Json(new { keys = providers[name].PublicKeys() });
            }
        );
        app.MapGet(
            "/{name}/userinfo",
            (string name, HttpRequest request) =>
            {
                providers[name].CountUserInfoCall();
                return providers[name].UserInfo!(request);
            }
        );
        await app.StartAsync(cancellationToken);
        address = new Uri(app.Urls.Single());
    }

    /// <summary>A provider with an issuer and a key of its own.</summary>
    public OpenIdProvider Create()
    {
        var name = Guid.NewGuid().ToString("N");
        return providers[name] = new OpenIdProvider(new Uri(address!, name).ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }
}
