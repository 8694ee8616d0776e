using Microsoft.AspNetCore.Authorization;

namespace Buttonize.Api.Access;

/// <summary>What an endpoint demands of its caller, as metadata of the endpoint. The authorization middleware finds it there.</summary>
internal sealed record AccessRequirement(Demand Demand)
    : IAuthorizationRequirement,
        IAuthorizationRequirementData
{
    /// <inheritdoc/>
    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [this];
}

/// <summary>The demands, as sentences on endpoints.</summary>
internal static class AccessRequirements
{
    /// <summary>Only members of the organization in the route may call, and no suspended ones. To others there is no such thing.</summary>
    public static TBuilder RequireMember<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(new Demand());

    /// <summary>Only members with this permission may call.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, Permission permission)
        where TBuilder : IEndpointConventionBuilder => builder.Require(new Demand(permission));

    /// <summary>Only members with this permission may call, or the member that the call is about.</summary>
    public static TBuilder RequirePermissionOrSelf<TBuilder>(
        this TBuilder builder,
        Permission permission
    )
        where TBuilder : IEndpointConventionBuilder =>
        builder.Require(new Demand(UnlessSelf: permission));

    /// <summary>Only the organization's owner may call.</summary>
    public static TBuilder RequireOwner<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(new Demand(Owner: true));

    /// <summary>Only members who may use the app in the route may call. To others there is no such app.</summary>
    public static TBuilder RequireUseOfApp<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Require(new Demand(App: true));

    private static TBuilder Require<TBuilder>(this TBuilder builder, Demand demand)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AccessRequirement(demand));
}
