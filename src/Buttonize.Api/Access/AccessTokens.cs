using System.Text.Json;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Buttonize.Api.Access;

/// <summary>
/// What an access token must be: signed by the provider's current keys with an asymmetric algorithm, by the right issuer for the
/// right audience, in its lifetime, and no ID token. Issuer, audience and provider come from ASP.NET Core's own sections
/// <c>Authentication:Schemes:Bearer</c> and those of the further schemes; nothing of one provider ever counts for another's token.
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

    /// <summary>Configures and validates a provider's scheme at start.</summary>
    public static void Configure(IServiceCollection services, string scheme) =>
        services
            .AddOptions<JwtBearerOptions>(scheme)
            .Configure<IServiceProvider>(Apply)
            .PostConfigure<TimeProvider>(UseProviderKeys)
            .Validate(
                HasAudience,
                $"Authentication:Schemes:{scheme}:ValidAudience is missing; set it to the audience of this API's access tokens."
            )
            .Validate(
                HasProvider,
                $"Authentication:Schemes:{scheme}:Authority is missing or no https URL; set it to the OpenID provider's issuer URL, where its keys are found."
            )
            .ValidateOnStart();

    private static void Apply(JwtBearerOptions options, IServiceProvider services)
    {
        options.MapInboundClaims = false;
        options.BackchannelTimeout = ProviderKeys.FetchLimit;

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
        // Left to itself, the library takes the issuer that the discovery document names beside those that are configured.
        parameters.IssuerValidatorUsingConfiguration = (issuer, _, valid, configuration) =>
            IssuerSchemes.IsIssuer(
                issuer,
                options,
                valid,
                configuration?.Issuer,
                IsOneOfSeveral(services)
            )
                ? issuer
                : throw new SecurityTokenInvalidIssuerException("The token is of another issuer.");
        parameters.AudienceValidator = (audiences, token, valid) =>
            AudiencesOf(audiences, token, ClientIdIsAudience(services))
                .Intersect(Audiences(valid), StringComparer.Ordinal)
                .Any();
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
                else
                {
                    context.HttpContext.Features.Set(
                        new PresentedToken(
                            context.Scheme.Name,
                            ((JsonWebToken)context.SecurityToken).EncodedToken
                        )
                    );
                }

                return Task.CompletedTask;
            },
            OnChallenge = context =>
            {
                // It quotes the token (its audience, its issuer): that is not for the answer, and not everything can stand in a header.
                context.ErrorDescription = null;
                return Task.CompletedTask;
            },
        };
    }

    /// <summary>The framework's own post-configuration has run by now: it knows the address, and made the channel.</summary>
    private static void UseProviderKeys(JwtBearerOptions options, TimeProvider time)
    {
        if (HasProvider(options))
        {
            options.ConfigurationManager = new ProviderKeys(
                options.MetadataAddress,
                new HttpDocumentRetriever(options.Backchannel)
                {
                    RequireHttps = options.RequireHttpsMetadata,
                },
                time
            )
            {
                // A withdrawn key must not live on as "last known good".
                UseLastKnownGoodConfiguration = false,
            };
        }
    }

    /// <summary>Waits for the provider's keys: left to itself, the library takes a failed fetch for an unknown key.</summary>
    /// <exception cref="IdentityProviderUnavailableException">There are none; the caller is not to blame, and can come back.</exception>
    private static async Task WaitForKeysAsync(MessageReceivedContext context)
    {
        try
        {
            await context.Options.ConfigurationManager!.GetConfigurationAsync(
                context.HttpContext.RequestAborted
            );
        }
        catch (Exception fault)
            when (fault is InvalidOperationException or OperationCanceledException)
        {
            throw new IdentityProviderUnavailableException(fault);
        }
    }

    private static IEnumerable<SecurityKey> KeysOf(OpenIdConnectConfiguration? configuration) =>
        configuration is null
            ? []
            : [.. configuration.SigningKeys, .. EdDsa.KeysOf(configuration.JsonWebKeySet)];

    private static string? Refusal(TokenValidatedContext context)
    {
        if (
            context.SecurityToken is not JsonWebToken token
            || TokenText.Read(token.EncodedHeader) is not { } header
            || TokenText.Read(token.EncodedPayload) is not { } payload
        )
        {
            return "The token's header or payload is not one JSON object with every member once.";
        }

        // RFC 7515, 4.1.11: whoever does not know a critical header must refuse, and the library passes over all of them.
        if (header.Has("crit"))
        {
            return "The token has a critical header that is not known here.";
        }

        var buttonize = context.HttpContext.RequestServices.GetRequiredService<
            IOptions<ButtonizeOptions>
        >();
        var requiredScope = buttonize.Value.Authentication.RequiredScope;
        var user = context.Principal!;
        if (
            !payload.TryGetProperty("sub", out var subject)
            || subject.ValueKind != JsonValueKind.String
            || string.IsNullOrWhiteSpace(user.FindFirst("sub")?.Value)
        )
        {
            return "The token has no subject.";
        }

        if (
            IdTokenClaims.Any(claim => payload.Has(claim))
            || (
                payload.TryGetProperty("token_use", out var use)
                && (use.ValueKind != JsonValueKind.String || !use.ValueEquals("access"))
            )
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

    /// <summary>
    /// Whom a token is for: its <c>aud</c>. Only where it has none at all, and only where that is configured, the client it was issued to:
    /// Cognito's access tokens have <c>client_id</c> instead.
    /// </summary>
    private static string[] AudiencesOf(
        IEnumerable<string>? audiences,
        SecurityToken token,
        bool clientIdAsAudience
    )
    {
        string[] named = [.. audiences.OrEmpty()];
        return
            named.Length == 0
            && clientIdAsAudience
            && token is JsonWebToken jwt
            && !jwt.TryGetPayloadValue<object>("aud", out _)
            && jwt.TryGetPayloadValue<string>("client_id", out var clientId)
            ? [clientId]
            : named;
    }

    /// <summary>Asked for with each token: the options' own validation needs the providers, so these cannot need the options when they are made.</summary>
    private static bool ClientIdIsAudience(IServiceProvider services) =>
        services
            .GetRequiredService<IOptions<ButtonizeOptions>>()
            .Value.Authentication.ClientIdAsAudience;

    private static bool IsOneOfSeveral(IServiceProvider services) =>
        services.GetRequiredService<IOptions<ButtonizeOptions>>().Value.Authentication.Schemes.Count
        > 0;

    private static IEnumerable<string> Audiences(TokenValidationParameters parameters) =>
        parameters
            .ValidAudiences.OrEmpty()
            .Append(parameters.ValidAudience)
            .Where(audience => !string.IsNullOrWhiteSpace(audience));

    private static bool HasAudience(JwtBearerOptions options) =>
        Audiences(options.TokenValidationParameters).Any();

    private static bool HasProvider(JwtBearerOptions options) =>
        Uri.TryCreate(options.MetadataAddress, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp);

    private static IEnumerable<string> OrEmpty(this IEnumerable<string>? values) => values ?? [];
}
