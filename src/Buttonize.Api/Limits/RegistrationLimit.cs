using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Limits;

/// <summary>
/// How often an organization may have roles proven: each registration, replacement or check on demand asks STS about a role that anybody can
/// name, up to eight times. And how many External IDs it may have made.
/// </summary>
internal sealed class RegistrationLimit(
    IOptions<ButtonizeOptions> options,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Registrations, replacements and checks by organization.</summary>
    public Usage Proofs { get; } = Of(options.Value, time);

    private readonly Usage externalIds = Of(options.Value, time);

    /// <summary>A role is to be proven for an organization.</summary>
    /// <returns>Null where it may be.</returns>
    public LimitReached? TryProve(OrganizationId organization) => TryUse(Proofs, organization);

    /// <summary>An External ID is to be made for an organization.</summary>
    /// <returns>Null where it may be.</returns>
    public LimitReached? TryMakeExternalId(OrganizationId organization) =>
        TryUse(externalIds, organization);

    private LimitReached? TryUse(Usage usage, OrganizationId organization)
    {
        var reached = usage.TryUse(organization.Value);
        if (reached is not null)
        {
            metrics.RateLimited(reached);
        }

        return reached;
    }

    private static Usage Of(ButtonizeOptions options, TimeProvider time) =>
        new(
            "registrations",
            options.Limits.RegistrationsPerOrganizationPerMinute,
            TimeSpan.FromMinutes(1),
            time
        );
}

/// <summary>The limit, as a sentence on endpoints.</summary>
internal static class RegistrationLimits
{
    /// <summary>The endpoint has a role proven: limited for each organization. What is refused for its body does not count.</summary>
    public static RouteHandlerBuilder LimitProofs(this RouteHandlerBuilder builder) =>
        builder.Limit((limit, organization) => limit.TryProve(organization));

    /// <summary>The endpoint makes an External ID: limited for each organization.</summary>
    public static RouteHandlerBuilder LimitExternalIds(this RouteHandlerBuilder builder) =>
        builder.Limit((limit, organization) => limit.TryMakeExternalId(organization));

    private static RouteHandlerBuilder Limit(
        this RouteHandlerBuilder builder,
        Func<RegistrationLimit, OrganizationId, LimitReached?> use
    ) =>
        builder.AddEndpointFilter(
            async (context, next) =>
            {
                var http = context.HttpContext;
                var limit = http.RequestServices.GetRequiredService<RegistrationLimit>();
                return use(limit, Deployment.Of(http.User).Organization) is { } reached
                    ? Problems.RateLimited(reached)
                    : await next(context);
            }
        );
}
