using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>Registers who calls and what they may.</summary>
internal static class AccessSetup
{
    private const string CallerScheme = "Caller";

    /// <summary>Schemes that are no providers.</summary>
    public static readonly IReadOnlyList<string> Reserved =
    [
        CallerScheme,
        ApiKeyAuthentication.Scheme,
    ];

    /// <summary>Adds both kinds of authentication; without one of them nothing but the operations endpoints answers.</summary>
    public static WebApplicationBuilder AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var authentication = services
            .AddAuthentication(CallerScheme)
            .AddPolicyScheme(
                CallerScheme,
                null,
                options =>
                    options.ForwardDefaultSelector = context =>
                        ApiKeyAuthentication.IsMeantBy(context.Request)
                            ? ApiKeyAuthentication.Scheme
                            : context
                                .RequestServices.GetRequiredService<IssuerSchemes>()
                                .Choose(ApiKeyAuthentication.Token(context.Request))
            )
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(
                ApiKeyAuthentication.Scheme,
                null
            );
        foreach (var provider in Providers(builder.Configuration))
        {
            authentication.AddJwtBearer(provider);
            AccessTokens.Configure(services, provider);
        }

        services
            .AddOptions<ButtonizeOptions>()
            .Validate<IOptionsMonitor<JwtBearerOptions>>(
                (options, providers) =>
                    IssuerSchemes.AreDistinct(options.Authentication, providers),
                "Two of Buttonize:Authentication:Schemes (and Bearer) have the same issuer; give each provider one scheme, with all its audiences in ValidAudiences."
            );
        services.AddSingleton<IssuerSchemes>();
        services.AddSingleton<ProfileClaims>();
        services.AddSingleton<UserInfo>();
        services.AddSingleton<PersonRecords>();

        services
            .AddAuthorizationBuilder()
            .AddPolicy(CallerPolicies.Person, policy => RequireKind(policy, CallerPolicies.Person))
            .AddPolicy(
                CallerPolicies.Deployment,
                policy =>
                    RequireKind(policy, CallerPolicies.Deployment)
                        .AddRequirements(new OrganizationInUse())
            )
            // Also where no route matches: who is not known learns nothing, not even which routes there are.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        services.AddSingleton<People>();
        services.AddSingleton<AccessReader>();
        services.AddSingleton<Erasure>();
        services.AddSingleton<GroupCache>();
        services.AddSingleton<GuardedChanges>();
        services.AddSingleton<AccessAuthorization>();
        services.AddSingleton<IAuthorizationHandler>(provider =>
            provider.GetRequiredService<AccessAuthorization>()
        );
        services.AddSingleton<IAuthorizationHandler, OrganizationInUseHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessRefusals>();
        return builder;
    }

    /// <summary>The providers' schemes, each once. Names that cannot be one, or stand twice, stop the start later, in words.</summary>
    private static IEnumerable<string> Providers(ConfigurationManager configuration)
    {
        var options = new ButtonizeOptions();
        configuration.GetSection(ButtonizeOptions.Section).Bind(options);
        return IssuerSchemes
            .Names(options.Authentication)
            .Where(name => !string.IsNullOrWhiteSpace(name) && !Reserved.Contains(name))
            .Distinct(StringComparer.Ordinal);
    }

    private static AuthorizationPolicyBuilder RequireKind(
        AuthorizationPolicyBuilder policy,
        string kind
    ) =>
        policy
            .RequireAuthenticatedUser()
            .RequireAssertion(context => CallerPolicies.Is(context.User, kind));
}
