using Microsoft.AspNetCore.Authorization;

namespace Buttonize.Api.Access;

/// <summary>Deployments' routes: the organization of the API key must not be suspended. It was read for this call, with the key.</summary>
internal sealed record OrganizationInUse : IAuthorizationRequirement;

/// <summary>Decides <see cref="OrganizationInUse"/>; people's routes have it from <see cref="AccessRules"/>.</summary>
internal sealed class OrganizationInUseHandler : AuthorizationHandler<OrganizationInUse>
{
    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(
        AuthorizationHandlerContext context,
        OrganizationInUse requirement
    )
    {
        if (
            context.Resource is not HttpContext http
            || !CallerPolicies.Is(context.User, CallerPolicies.Deployment)
        )
        {
            return Task.CompletedTask;
        }

        if (Deployment.Of(context.User).SuspendedFor is { } reason)
        {
            http.Features.Set<Refusal>(new Refusal.OrganizationSuspended(reason));
            context.Fail();
        }
        else
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
