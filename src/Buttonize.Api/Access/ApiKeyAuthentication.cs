using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using Buttonize.Api.Organizations;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>Authenticates deployments by <c>Authorization: Bearer btnz_…</c>. Read on every call: a deleted key is dead at once.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ApiKeys keys
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The scheme's name.</summary>
    public new const string Scheme = "ApiKey";

    /// <summary>Whether the request carries what wants to be an API key rather than an access token.</summary>
    public static bool IsMeantBy(HttpRequest request) =>
        Token(request)?.StartsWith(ApiKeySecret.Prefix, StringComparison.Ordinal) == true;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!ApiKeySecret.TryParse(Token(Request), out var secret))
        {
            return AuthenticateResult.Fail("The API key is malformed.");
        }

        return await keys.FindAsync(secret, Context.RequestAborted) is { } deployment
            ? AuthenticateResult.Success(new AuthenticationTicket(deployment.ToPrincipal(), Scheme))
            : AuthenticateResult.Fail("The API key is unknown, deleted or expired.");
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Task.CompletedTask;
    }

    /// <summary>What the request carries as a bearer token, or null.</summary>
    public static string? Token(HttpRequest request) =>
        request.Headers.Authorization is [var header]
        && AuthenticationHeaderValue.TryParse(header, out var value)
        && value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? value.Parameter
            : null;
}
