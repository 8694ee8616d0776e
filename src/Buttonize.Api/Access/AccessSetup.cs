using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace Buttonize.Api.Access;

/// <summary>Registers who calls and what they may.</summary>
internal static class AccessSetup
{
    private const string CallerScheme = "Caller";

    /// <summary>Adds both kinds of authentication; without one of them nothing but the operations endpoints answers.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services
            .AddAuthentication(CallerScheme)
            .AddPolicyScheme(
                CallerScheme,
                null,
                options =>
                    options.ForwardDefaultSelector = context =>
                        ApiKeyAuthentication.IsMeantBy(context.Request)
                            ? ApiKeyAuthentication.Scheme
                            : JwtBearerDefaults.AuthenticationScheme
            )
            .AddJwtBearer()
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(
                ApiKeyAuthentication.Scheme,
                null
            );
        AccessTokens.Configure(services);

        services
            .AddAuthorizationBuilder()
            .AddPolicy(CallerPolicies.Person, policy => RequireKind(policy, CallerPolicies.Person))
            .AddPolicy(
                CallerPolicies.Deployment,
                policy => RequireKind(policy, CallerPolicies.Deployment)
            )
            // Also where no route matches: who is not known learns nothing, not even which routes there are.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        services.AddSingleton<People>();
        services.AddSingleton<AccessReader>();
        services.AddSingleton<Erasure>();
        services.AddSingleton<GroupCache>();
        services.AddSingleton<GuardedChanges>();
        services.AddSingleton<IAuthorizationHandler, AccessAuthorization>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
        return builder;
    }

    private static void RequireKind(AuthorizationPolicyBuilder policy, string kind) =>
        policy
            .RequireAuthenticatedUser()
            .RequireAssertion(context => CallerPolicies.Is(context.User, kind));
}
