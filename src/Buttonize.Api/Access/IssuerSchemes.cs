using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Buttonize.Api.Access;

/// <summary>
/// The OpenID providers, each a scheme with its own keys, issuer and audiences. A token is judged by exactly one of them, which its issuer
/// only chooses: whether it is from there, that one finds out (see docs/adr/0011).
/// </summary>
internal sealed class IssuerSchemes(
    IOptionsMonitor<JwtBearerOptions> providers,
    IOptions<ButtonizeOptions> options
)
{
    private static readonly JsonWebTokenHandler Reader = new();

    /// <summary>Every provider's scheme, the default one first.</summary>
    public static IReadOnlyList<string> Names(ButtonizeOptions.AuthenticationOptions options) =>
        [JwtBearerDefaults.AuthenticationScheme, .. options.Schemes];

    /// <summary>The scheme that judges this token; the default one where no other fits, which then refuses it.</summary>
    public string Choose(string? token)
    {
        var names = Names(options.Value.Authentication);
        return names.Count > 1 && IssuerOf(token) is { } issuer
            ? names.FirstOrDefault(name => IssuersOf(providers.Get(name)).Contains(Trim(issuer)))
                ?? JwtBearerDefaults.AuthenticationScheme
            : JwtBearerDefaults.AuthenticationScheme;
    }

    /// <summary>Whether no issuer is that of two schemes.</summary>
    public static bool AreDistinct(
        ButtonizeOptions.AuthenticationOptions options,
        IOptionsMonitor<JwtBearerOptions> providers
    )
    {
        var issuers = Names(options).SelectMany(name => IssuersOf(providers.Get(name))).ToList();
        return issuers.Distinct(StringComparer.Ordinal).Count() == issuers.Count;
    }

    /// <summary>
    /// Whether a token's issuer is the scheme's: one that is configured, or else the one that discovery names. Beside other providers,
    /// discovery has to name the authority itself (OpenID Connect Discovery, 4.3), or a provider could speak for another one's people.
    /// </summary>
    public static bool IsIssuer(
        string issuer,
        JwtBearerOptions provider,
        TokenValidationParameters valid,
        string? discovered,
        bool isOneOfSeveral
    )
    {
        string[] configured =
        [
            .. (valid.ValidIssuers ?? [])
                .Append(valid.ValidIssuer)
                .OfType<string>()
                .Where(i => i.Length > 0),
        ];
        return configured.Length > 0
            ? configured.Contains(issuer, StringComparer.Ordinal)
            : issuer.Length > 0
                && issuer == discovered
                && (
                    !isOneOfSeveral
                    || IssuersOf(provider).Contains(Trim(issuer), StringComparer.Ordinal)
                );
    }

    /// <summary>A provider's issuers as they are configured: <c>ValidIssuer</c> and <c>ValidIssuers</c>, else <c>Authority</c>.</summary>
    private static IEnumerable<string> IssuersOf(JwtBearerOptions provider)
    {
        var parameters = provider.TokenValidationParameters;
        string[] configured =
        [
            .. (parameters.ValidIssuers ?? [])
                .Append(parameters.ValidIssuer)
                .OfType<string>()
                .Where(issuer => issuer.Length > 0)
                .Select(Trim),
        ];
        return configured.Length > 0 ? configured.Distinct(StringComparer.Ordinal)
            : provider.Authority is { Length: > 0 } authority ? [Trim(authority)]
            : [];
    }

    // Providers write their own address with or without it. The issuer itself is compared exactly, by the scheme.
    private static string Trim(string issuer) => issuer.TrimEnd('/');

    private static string? IssuerOf(string? token)
    {
        try
        {
            return Reader.CanReadToken(token) ? Reader.ReadJsonWebToken(token).Issuer : null;
        }
        catch (Exception malformed)
            when (malformed
                    is ArgumentException
                        or FormatException
                        or System.Text.Json.JsonException
            )
        {
            return null;
        }
    }
}
