using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Buttonize.Api.Access;

/// <summary>
/// What an access token must be: signed by the provider's current keys with an asymmetric algorithm, by the right issuer for the
/// right audience, in its lifetime, and no ID token. Issuer, audience and provider come from ASP.NET Core's own section
/// <c>Authentication:Schemes:Bearer</c>.
/// </summary>
internal static class AccessTokens
{
    /// <summary>RFC 7518, 3.1 and RFC 8037. Never symmetric: the verifying key is public.</summary>
    private static readonly string[] Algorithms =
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        EdDsa.Algorithm,
    ];

    /// <summary>RFC 9068 types and the plain one; many providers send none. Logout and event tokens have types of their own.</summary>
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    /// <summary>Claims that only ID tokens have (OpenID Connect Core, 2 and 3.3.2.11).</summary>
    private static readonly string[] IdTokenClaims = ["nonce", "at_hash", "c_hash"];

    /// <summary>Clocks kept by NTP differ by far less; a longer tolerance would only lengthen every token.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The least time between two fetches of the provider's keys. Any token can ask for one (an unknown key, a bad signature), and
    /// the library's default of five minutes would let a flood of bad tokens keep a rotated key out for as long.
    /// </summary>
    private static readonly TimeSpan KeyRefresh = TimeSpan.FromSeconds(5);

    /// <summary>A key that the provider withdrew is dropped after this at the latest (the least the library takes).</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromMinutes(5);

    /// <summary>One request to the provider: two of them fit into <see cref="KeyWait"/>.</summary>
    private static readonly TimeSpan KeyFetch = TimeSpan.FromSeconds(2);

    /// <summary>How long a caller waits for the first keys; the rest of the call has its share of the 6 seconds too.</summary>
    private static readonly TimeSpan KeyWait = TimeSpan.FromSeconds(4);

    /// <summary>Configures and validates the scheme at start.</summary>
    public static void Configure(IServiceCollection services) =>
        services
            .AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure(Apply)
            .PostConfigure(options =>
            {
                // Made by the framework's own post-configuration, which has run by now.
                if (
                    options.ConfigurationManager
                    is Microsoft.IdentityModel.Tokens.BaseConfigurationManager keys
                )
                {
                    // A withdrawn key must not live on as "last known good".
                    keys.UseLastKnownGoodConfiguration = false;
                }
            })
            .Validate(
                HasAudience,
                "Authentication:Schemes:Bearer:ValidAudience is missing; set it to the audience of this API's access tokens."
            )
            .Validate(
                HasProvider,
                "Authentication:Schemes:Bearer:Authority is missing; set it to the OpenID provider's issuer URL, where its keys are found."
            )
            .ValidateOnStart();

    private static void Apply(JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.RefreshInterval = KeyRefresh;
        options.AutomaticRefreshInterval = KeyLifetime;
        options.BackchannelTimeout = KeyFetch;

        // The framework turns checks off for which the section has no value: all of them are always on here.
        var parameters = options.TokenValidationParameters;
        parameters.ValidateIssuer = true;
        parameters.ValidateAudience = true;
        parameters.ValidateLifetime = true;
        parameters.RequireExpirationTime = true;
        parameters.RequireSignedTokens = true;
        parameters.RequireAudience = true;
        parameters.ClockSkew = ClockSkew;
        parameters.ValidAlgorithms = Algorithms;
        parameters.AuthenticationType = CallerPolicies.Person;
        parameters.TypeValidator = (type, _, _) =>
            string.IsNullOrEmpty(type) || Types.Contains(type, StringComparer.OrdinalIgnoreCase)
                ? type
                : throw new SecurityTokenInvalidTypeException(
                    "This type of token is no access token."
                );

        // Only the key that the token names: trying every key on every bad token would be work for nothing.
        parameters.TryAllIssuerSigningKeys = false;
        parameters.IssuerSigningKeyResolverUsingConfiguration = (_, _, keyId, _, configuration) =>
            KeysOf(configuration as OpenIdConnectConfiguration)
                .Where(key => string.IsNullOrEmpty(keyId) || key.KeyId == keyId);

        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
                context.Request.Headers.Authorization.Count > 0
                    ? WaitForKeysAsync(context)
                    : Task.CompletedTask,
            OnTokenValidated = context =>
            {
                if (Refusal(context) is { } refusal)
                {
                    context.Fail(refusal);
                }

                return Task.CompletedTask;
            },
        };
    }

    /// <summary>
    /// Waits for the provider's first keys. Left to itself, the library takes a failed fetch for an unknown key, so that the caller
    /// would be blamed, and lets callers queue for one fetch each.
    /// </summary>
    /// <exception cref="IdentityProviderUnavailableException">There are none yet; the caller is not to blame, and can come back.</exception>
    private static async Task WaitForKeysAsync(MessageReceivedContext context)
    {
        var cancellationToken = context.HttpContext.RequestAborted;
        var keys = context.Options.ConfigurationManager!;
        try
        {
            await FetchAsync().WaitAsync(KeyWait, cancellationToken);
        }
        catch (Exception fault)
        {
            throw new IdentityProviderUnavailableException(fault);
        }

        async Task FetchAsync()
        {
            try
            {
                await keys.GetConfigurationAsync(cancellationToken);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Once more: a fault that passes at once should not meet whoever calls first.
                await keys.GetConfigurationAsync(cancellationToken);
            }
        }
    }

    private static IEnumerable<SecurityKey> KeysOf(OpenIdConnectConfiguration? configuration) =>
        configuration is null
            ? []
            : [.. configuration.SigningKeys, .. EdDsa.KeysOf(configuration.JsonWebKeySet)];

    private static string? Refusal(TokenValidatedContext context)
    {
        // RFC 7515, 4.1.11: whoever does not know a critical header must refuse, and the library passes over all of them.
        if (
            context.SecurityToken is not JsonWebToken token
            || token.TryGetHeaderValue<object>("crit", out _)
        )
        {
            return "The token has a critical header that is not known here.";
        }

        var buttonize = context.HttpContext.RequestServices.GetRequiredService<
            IOptions<ButtonizeOptions>
        >();
        var requiredScope = buttonize.Value.Authentication.RequiredScope;
        var user = context.Principal!;
        if (
            user.FindAll("sub").Count() != 1
            || string.IsNullOrWhiteSpace(user.FindFirst("sub")!.Value)
        )
        {
            return "The token has no subject.";
        }

        if (
            IdTokenClaims.Any(claim => user.HasClaim(c => c.Type == claim))
            || user.FindAll("token_use").Any(c => c.Value != "access")
        )
        {
            return "This is an ID token; send an access token.";
        }

        return
            requiredScope is { Length: > 0 }
            && !Scopes(user).Contains(requiredScope, StringComparer.Ordinal)
            ? "The token lacks the required scope."
            : null;
    }

    /// <summary>RFC 8693's <c>scope</c> (space-delimited) and the <c>scp</c> of Entra ID and Okta (a string or an array).</summary>
    private static IEnumerable<string> Scopes(System.Security.Claims.ClaimsPrincipal user) =>
        user.FindAll(c => c.Type is "scope" or "scp")
            .SelectMany(c => c.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool HasAudience(JwtBearerOptions options) =>
        options
            .TokenValidationParameters.ValidAudiences.OrEmpty()
            .Append(options.TokenValidationParameters.ValidAudience)
            .Any(audience => !string.IsNullOrWhiteSpace(audience));

    private static bool HasProvider(JwtBearerOptions options) =>
        !string.IsNullOrWhiteSpace(options.Authority)
        || !string.IsNullOrWhiteSpace(options.MetadataAddress);

    private static IEnumerable<string> OrEmpty(this IEnumerable<string>? values) => values ?? [];
}
