using System.Collections.Immutable;
using System.Security.Claims;
using OpenIddict.Abstractions;
using static OpenIddict.Server.OpenIddictServerEvents;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace Buttonize.Local.OpenId;

/// <summary>What tokens and userinfo say about a person.</summary>
internal static class PersonClaims
{
    /// <summary>The person as OpenIddict wants it to make tokens from.</summary>
    public static ClaimsPrincipal Principal(DemoPerson person, ImmutableArray<string> scopes)
    {
        var identity = new ClaimsIdentity("demo", Names.Name, Names.Role);
        identity
            .SetClaim(Names.Subject, person.Subject)
            .SetClaim(Names.PreferredUsername, person.UserName)
            .SetClaim(Names.Name, person.Name)
            .SetClaim(Names.Email, person.Email)
            .SetClaim(Names.EmailVerified, true)
            .SetScopes(scopes)
            .SetResources(OpenIdProvider.Audience)
            .SetDestinations(_ =>
                [
                    OpenIddictConstants.Destinations.AccessToken,
                    OpenIddictConstants.Destinations.IdentityToken,
                ]
            );
        return new ClaimsPrincipal(identity);
    }

    public static ValueTask AddUserInfo(HandleUserInfoRequestContext context)
    {
        var subject = context.AccessTokenPrincipal.GetClaim(Names.Subject);
        if (DemoPerson.All.FirstOrDefault(person => person.Subject == subject) is { } person)
        {
            context.Subject = person.Subject;
            context.PreferredUsername = person.UserName;
            context.Email = person.Email;
            context.EmailVerified = true;
            context.Claims[Names.Name] = person.Name;
        }

        return ValueTask.CompletedTask;
    }
}
