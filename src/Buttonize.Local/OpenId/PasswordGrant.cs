using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Buttonize.Local.OpenId;

/// <summary>User name and password for a token, in one request.</summary>
internal static class PasswordGrant
{
    public static ValueTask Handle(HandleTokenRequestContext context)
    {
        if (!context.Request.IsPasswordGrantType())
        {
            // An authorization code: OpenIddict has read the person out of it already.
            return ValueTask.CompletedTask;
        }

        if (DemoPerson.SignIn(context.Request.Username, context.Request.Password) is { } person)
        {
            context.SignIn(PersonClaims.Principal(person, context.Request.GetScopes()));
        }
        else
        {
            context.Reject(
                OpenIddictConstants.Errors.InvalidGrant,
                "No demo person has this user name and password."
            );
        }

        return ValueTask.CompletedTask;
    }
}
