using System.Security.Claims;

namespace Buttonize.Api.Access;

/// <summary>
/// The two kinds of caller. Which one a caller is follows from how it was authenticated, never from a claim: a token could hold any.
/// </summary>
internal static class CallerPolicies
{
    /// <summary>A person with an access token; also the authentication type of such an identity.</summary>
    public const string Person = "Person";

    /// <summary>A deployment with an API key; also the authentication type of such an identity.</summary>
    public const string Deployment = "Deployment";

    /// <summary>Whether the caller was authenticated as this kind.</summary>
    public static bool Is(ClaimsPrincipal caller, string kind) =>
        caller.Identities.Any(i => i.IsAuthenticated && i.AuthenticationType == kind);

    /// <summary>Only people may call these routes.</summary>
    public static RouteGroupBuilder RequirePerson(this RouteGroupBuilder group) =>
        group.RequireAuthorization(Person);

    /// <summary>Only deployments may call these routes.</summary>
    public static RouteGroupBuilder RequireDeployment(this RouteGroupBuilder group) =>
        group.RequireAuthorization(Deployment);
}
