using System.Security.Claims;

namespace Buttonize.Api.Access;

/// <summary>A deployment (a CDK custom resource, CI) that calls with an API key. The key alone says which organization.</summary>
/// <param name="Organization">The organization, as it was read for this call.</param>
/// <param name="Key">The key.</param>
/// <param name="SuspendedFor">Why the organization is suspended, so that no call of it is served; null where it is not.</param>
internal sealed record Deployment(
    OrganizationId Organization,
    ApiKeyId Key,
    string? SuspendedFor = null
) : IBindableFromHttpContext<Deployment>
{
    private const string OrganizationClaim = "organization";
    private const string KeyClaim = "key";
    private const string SuspensionClaim = "suspended";

    /// <summary>The deployment that calls a deployments' route.</summary>
    public static ValueTask<Deployment?> BindAsync(
        HttpContext context,
        System.Reflection.ParameterInfo parameter
    ) => ValueTask.FromResult<Deployment?>(Of(context.User));

    /// <summary>The deployment that <see cref="ToPrincipal"/> made a principal of.</summary>
    public static Deployment Of(ClaimsPrincipal caller)
    {
        var identity = caller.Identities.Single(i =>
            i.AuthenticationType == CallerPolicies.Deployment
        );
        return new Deployment(
            OrganizationId.Parse(identity.FindFirst(OrganizationClaim)!.Value),
            ApiKeyId.Parse(identity.FindFirst(KeyClaim)!.Value),
            identity.FindFirst(SuspensionClaim)?.Value
        );
    }

    /// <summary>The deployment as ASP.NET Core carries it through a request.</summary>
    public ClaimsPrincipal ToPrincipal() =>
        new(
            new ClaimsIdentity(
                [
                    new Claim(OrganizationClaim, Organization.Value),
                    new Claim(KeyClaim, Key.Value),
                    .. SuspendedFor is { } reason
                        ? [new Claim(SuspensionClaim, reason)]
                        : Array.Empty<Claim>(),
                ],
                CallerPolicies.Deployment
            )
        );
}
