using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Buttonize.Api.ConsolePage;

/// <summary>
/// What the page has to know to sign somebody in and to find Lambda: public facts, no secret. The provider's addresses are read here, from
/// the discovery document that the control plane has anyway, so that the page calls no address that its policy does not name.
/// </summary>
internal sealed class SignInConfiguration(
    IOptionsMonitor<JwtBearerOptions> providers,
    IOptions<ButtonizeOptions> options,
    IConfiguration configuration,
    TimeProvider time
)
{
    /// <summary>The parameters of an authorization request with PKCE (RFC 6749, 4.1.1; RFC 7636, 4.3) that are the page's own.</summary>
    private static readonly string[] Own =
    [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    ];

    /// <summary>Whether an authorization parameter is one that the page sets itself.</summary>
    public static bool IsOwn(string parameter) =>
        Own.Contains(parameter, StringComparer.OrdinalIgnoreCase);

    /// <summary>Where Lambda is, if not where AWS has it.</summary>
    public Uri? LambdaEndpoint { get; } =
        configuration["AWS_ENDPOINT_URL_LAMBDA"] is { Length: > 0 } url ? new Uri(url) : null;

    private JwtBearerOptions Provider => providers.Get(JwtBearerDefaults.AuthenticationScheme);

    /// <summary>What the page gets.</summary>
    /// <exception cref="IdentityProviderUnavailableException">
    /// The provider's discovery document cannot be fetched, or names no endpoints to sign in at.
    /// </exception>
    public async Task<PageConfiguration> ReadAsync(CancellationToken cancellationToken)
    {
        var page = options.Value.Console;
        var provider = await DiscoverAsync(cancellationToken);
        return new PageConfiguration(
            page.ClientId!,
            provider.Issuer,
            provider.AuthorizationEndpoint,
            provider.TokenEndpoint,
            [.. provider.IdTokenSigningAlgValuesSupported],
            page.Scope,
            page.AuthorizationParameters,
            !Provider.RequireHttpsMetadata,
            LambdaEndpoint?.AbsoluteUri,
            time.GetUtcNow()
        );
    }

    /// <summary>Where the page asks for tokens; null while the provider cannot be asked.</summary>
    public async Task<string?> TryFindTokenEndpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await DiscoverAsync(cancellationToken)).TokenEndpoint;
        }
        catch (IdentityProviderUnavailableException)
        {
            return null;
        }
    }

    private async Task<OpenIdConnectConfiguration> DiscoverAsync(
        CancellationToken cancellationToken
    )
    {
        try
        {
            var document = await Provider.ConfigurationManager!.GetConfigurationAsync(
                cancellationToken
            );
            return document is { AuthorizationEndpoint.Length: > 0, TokenEndpoint.Length: > 0 }
                ? document
                : throw new InvalidOperationException("The provider names no endpoints.");
        }
        catch (InvalidOperationException fault)
        {
            throw new IdentityProviderUnavailableException(fault);
        }
    }
}

/// <summary>What the page gets. <see cref="ServerTime"/> lets it see past a wrong clock of its own.</summary>
/// <param name="AllowInsecureRequests">Whether the provider may be asked over plain HTTP, as one on this machine is.</param>
/// <param name="LambdaEndpoint">Lambda's address, where it is not AWS's own.</param>
internal sealed record PageConfiguration(
    string ClientId,
    string Issuer,
    string AuthorizationEndpoint,
    string TokenEndpoint,
    IReadOnlyList<string> IdTokenSigningAlgorithms,
    string Scope,
    IDictionary<string, string> AuthorizationParameters,
    bool AllowInsecureRequests,
    string? LambdaEndpoint,
    DateTimeOffset ServerTime
);
