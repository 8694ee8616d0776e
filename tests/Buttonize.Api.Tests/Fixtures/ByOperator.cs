using Buttonize.Api.Operator;
using Microsoft.Extensions.DependencyInjection;
using OrganizationId = Buttonize.Api.Id<Buttonize.Api.Organizations.Organization>;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>What the operator does to tenants, without the process of a command around it.</summary>
public static class ByOperator
{
    /// <summary>The operator suspends the organization; null lifts that.</summary>
    public static Task SuspendAsync(
        this Tenant tenant,
        string? reason,
        CancellationToken cancellationToken
    ) => tenant.ControlPlane.SuspendAsync(tenant.OrganizationId, reason, cancellationToken);

    /// <summary>The operator suspends an organization; null lifts that.</summary>
    public static async Task SuspendAsync(
        this ControlPlane controlPlane,
        string organizationId,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        var outcome = await ActivatorUtilities
            .CreateInstance<OperatorSuspensions>(controlPlane.Services)
            .OfOrganizationAsync(OrganizationId.Parse(organizationId), reason, cancellationToken);
        outcome.Should().BeOfType<OperatorOutcome<Buttonize.Api.Organizations.Organization>.Done>();
    }
}
