using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Buttonize.Local.OpenId;

/// <summary>The checks of the one client, which without a database OpenIddict leaves to us.</summary>
internal static class LoopbackClient
{
    public static bool IsLoopbackOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri);

    /// <summary>Only the known client, and only back to this machine: a code must not leave it.</summary>
    public static ValueTask Check(ValidateAuthorizationRequestContext context)
    {
        if (context.ClientId != OpenIdProvider.ClientId)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, UnknownClient);
        }
        else if (
            !Uri.TryCreate(context.RedirectUri, UriKind.Absolute, out var uri) || !IsLoopback(uri)
        )
        {
            context.Reject(
                OpenIddictConstants.Errors.InvalidRequest,
                "The redirect_uri must be an http URL on localhost."
            );
        }

        return ValueTask.CompletedTask;
    }

    public static ValueTask Check(ValidateTokenRequestContext context)
    {
        if (context.ClientId != OpenIdProvider.ClientId)
        {
            context.Reject(OpenIddictConstants.Errors.InvalidClient, UnknownClient);
        }

        return ValueTask.CompletedTask;
    }

    private const string UnknownClient = $"The only client here is {OpenIdProvider.ClientId}.";

    private static bool IsLoopback(Uri uri) => uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback;
}
