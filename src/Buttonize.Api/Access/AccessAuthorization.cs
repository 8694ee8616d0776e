using System.Reflection;
using Buttonize.Api.Apps;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Buttonize.Api.Access;

/// <summary>What a granted call on an organization's route was granted on, for its endpoint to use without reading it again.</summary>
/// <param name="Standing">The caller's standing.</param>
/// <param name="App">The app that the route names, where the endpoint demands one.</param>
/// <param name="ReadAt">When both were read.</param>
internal sealed record AccessGrant(Standing Standing, App? App, DateTimeOffset ReadAt)
    : IBindableFromHttpContext<AccessGrant>
{
    /// <summary>The grant of this call. Without one there is no binding: an endpoint that forgot its demand fails closed.</summary>
    public static ValueTask<AccessGrant?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<AccessGrant?>(
            context.Features.Get<AccessGrant>()
                ?? throw new InvalidOperationException("The endpoint demands no access.")
        );
}

/// <summary>Decides every call on an organization's route, before anything of its body is read.</summary>
internal sealed class AccessAuthorization(People people, AccessReader access, TimeProvider time)
    : IAuthorizationHandler
{
    /// <summary>How old a grant may be when a session is issued on it. A body that trickles in would keep one for seconds.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);

    /// <summary>The grant of the use of an app, read and decided anew where it is not fresh any more.</summary>
    /// <exception cref="Storage.StorageUnavailableException"/>
    public async Task<Outcome<AccessGrant>> RefreshAsync(
        AccessGrant grant,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();

        // After a clock that was set back nothing is fresh.
        if (now >= grant.ReadAt && now - grant.ReadAt < Fresh)
        {
            return grant;
        }

        var (standing, app) = await access.ReadAsync(
            grant.Standing.User,
            grant.Standing.Organization.Id,
            grant.App!.Id,
            cancellationToken
        );
        return AccessRules.Decide(new Demand(App: true), standing, app: app) is { } refusal
            ? refusal
            : new AccessGrant(standing!, app, now);
    }

    /// <inheritdoc/>
    public async Task HandleAsync(AuthorizationHandlerContext context)
    {
        var requirements = context.PendingRequirements.OfType<AccessRequirement>().ToList();
        if (
            requirements.Count == 0
            || context.Resource is not HttpContext http
            || !CallerPolicies.Is(context.User, CallerPolicies.Person)
        )
        {
            return;
        }

        var demand = requirements.Select(r => r.Demand).Aggregate((sum, next) => sum.And(next));
        var (refusal, grant) = await DecideAsync(demand, http);
        if (refusal is not null)
        {
            http.Features.Set(refusal);
            context.Fail();
            return;
        }

        http.Features.Set(grant);
        requirements.ForEach(context.Succeed);
    }

    private async Task<(Refusal?, AccessGrant?)> DecideAsync(Demand demand, HttpContext http)
    {
        var person = await people.ResolveAsync(http, http.RequestAborted);
        var route = http.Request.RouteValues;
        var organization = OrganizationId.Parse((string)route["organizationId"]!);
        var readAt = time.GetUtcNow();
        var (standing, app) = demand.App
            ? await access.ReadAsync(
                person.Id,
                organization,
                AppId.Parse((string)route["appId"]!),
                http.RequestAborted
            )
            : (await access.ReadAsync(person.Id, organization, http.RequestAborted), null);
        var isAboutCaller = route["userId"] is string user && user == person.Id.Value;
        return AccessRules.Decide(demand, standing, isAboutCaller, app) is { } refusal
            ? (refusal, null)
            : (null, new AccessGrant(standing!, app, readAt));
    }
}

/// <summary>Answers what <see cref="AccessAuthorization"/> refused with the problem that says why.</summary>
internal sealed class AccessRefusals : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler otherwise = new();

    /// <inheritdoc/>
    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    ) =>
        authorizeResult.Forbidden && context.Features.Get<Refusal>() is { } refusal
            ? refusal.ToProblem().ExecuteAsync(context)
            : otherwise.HandleAsync(next, context, policy, authorizeResult);
}
