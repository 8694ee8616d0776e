using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Trust;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Apps;

/// <summary>What deployments call: the deploy flow.</summary>
internal static class DeploymentEndpoints
{
    /// <summary>Adds the registry of apps.</summary>
    public static WebApplicationBuilder AddApps(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<AppStore>();
        services.AddSingleton<AppRegistry>();
        services.AddSingleton<AppChanges>();
        services.AddSingleton<AppSuspension>();
        services.AddSingleton<ChangeRetries>();
        services.AddSingleton<ClaimReader>();
        services.AddSingleton<ExternalIds>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<VerdictWait>();
        services.AddSingleton<AppMembersValidator>();
        return builder;
    }

    /// <summary>Maps <c>/v1/apps</c> and <c>/v1/external-ids</c>.</summary>
    public static WebApplication MapDeployments(this WebApplication app)
    {
        var deployments = app.MapGroup("/v1").RequireDeployment().WithTags("Deployments");
        deployments
            .MapPost("/external-ids", CreateExternalIdAsync)
            .LimitExternalIds()
            .WithSummary("Make an External ID; it is shown once");
        deployments
            .MapPost("/apps", RegisterAsync)
            .LimitProofs()
            .WithSummary("Register an app and its execution role");
        deployments.MapGet("/apps", ListAsync).WithSummary("Every app of the key's organization");
        deployments.MapGet("/apps/{appId:id}", GetAsync).WithSummary("One app");
        deployments
            .MapPut("/apps/{appId:id}", ReplaceAsync)
            .LimitProofs()
            .WithSummary("Replace an app")
            .WithMetadata(DescribedParameter.IfMatch);
        deployments
            .MapDelete("/apps/{appId}", DeleteAsync)
            .WithSummary("Delete an app; deleting what is not there succeeds")
            .WithMetadata(DescribedParameter.IfMatch);
        deployments
            .MapPost("/apps/{appId:id}/verification", VerifyAsync)
            .LimitProofs()
            .WithSummary("Check the trust policy now");
        return app;
    }

    private static async Task<Created<ExternalIdResponse>> CreateExternalIdAsync(
        Deployment deployment,
        Body<EmptyRequest> _,
        ExternalIds externalIds,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var (externalId, expiresAt) = await externalIds.CreateAsync(
            deployment.Organization,
            cancellationToken
        );
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            (string?)null,
            new ExternalIdResponse(externalId.Reveal(), expiresAt)
        );
    }

    private static async Task<Results<Created<AppResponse>, Problem>> RegisterAsync(
        Deployment deployment,
        DeploymentHeaders headers,
        WaitQuery query,
        Body<AppRequest> body,
        AppRegistry registry,
        VerdictWait verdict,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var registration = new Registration(
            body.Value.ToDefinition(),
            ExternalId.Parse(body.Value.ExternalId!)
        );
        var outcome = await registry.RegisterAsync(
            deployment.Organization,
            registration,
            headers.IdempotencyKey,
            cancellationToken
        );
        switch (outcome)
        {
            case RegisterOutcome.Registered { App: var registered }:
                var app = await verdict.OfAsync(registered, query.Wait, context);
                context.Response.Headers.ETag = EntityTag.Of(app.Version);
                return TypedResults.Created($"/v1/apps/{app.Id}", AppResponse.Of(app));
            case RegisterOutcome.Untrusted { Proof: var found }:
                return Problems.TrustCheckFailed(found);
            case RegisterOutcome.InProgress:
                return Problems.RequestInProgress();
            case RegisterOutcome.Suspended { Reason: var reason }:
                return Problems.OrganizationSuspended(reason);
            case RegisterOutcome.NoOrganization:
                return Problems.Unauthenticated();
            default:
                return Problems.IdempotencyKeyReused();
        }
    }

    private static async Task<Results<Ok<ListResponse<AppResponse>>, Problem>> ListAsync(
        Deployment deployment,
        ListQuery query,
        AppStore store,
        CancellationToken cancellationToken
    ) =>
        await store.ListAsync(deployment.Organization, query.Page, _ => true, cancellationToken)
            is { } page
            ? TypedResults.Ok(ListResponse<AppResponse>.Of(page, AppResponse.Of))
            : Problems.InvalidCursor();

    private static async Task<Results<Ok<AppResponse>, Problem>> GetAsync(
        AppId appId,
        Deployment deployment,
        AppStore store,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindAsync(deployment.Organization, appId, cancellationToken) is not { } app)
        {
            return Problems.NotFound();
        }

        response.Headers.ETag = EntityTag.Of(app.Version);
        return TypedResults.Ok(AppResponse.Of(app));
    }

    private static async Task<Results<Ok<AppResponse>, Problem>> ReplaceAsync(
        AppId appId,
        Deployment deployment,
        WaitQuery query,
        Body<AppReplacementRequest> body,
        AppChanges changes,
        VerdictWait verdict,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await changes.ReplaceAsync(
            deployment.Organization,
            appId,
            body.Value.ToDefinition(),
            body.Value.ExternalId is { } externalId ? ExternalId.Parse(externalId) : null,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        if (outcome is not ChangeOutcome.Changed { App: var replaced })
        {
            return ProblemOf(outcome);
        }

        var app = await verdict.OfAsync(replaced, query.Wait, context);
        context.Response.Headers.ETag = EntityTag.Of(app.Version);
        return TypedResults.Ok(AppResponse.Of(app));
    }

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        string appId,
        Deployment deployment,
        AppChanges changes,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        // Whatever was never an app is deleted already: a failed deployment deletes by the id it never got.
        if (!AppId.TryParse(appId, out var id))
        {
            return TypedResults.NoContent();
        }

        var outcome = await changes.DeleteAsync(
            deployment.Organization,
            id,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        return outcome is ChangeOutcome.Deleted ? TypedResults.NoContent() : ProblemOf(outcome);
    }

    private static async Task<Results<Ok<AppResponse>, Problem>> VerifyAsync(
        AppId appId,
        Deployment deployment,
        Body<EmptyRequest> _,
        AppVerifier verifier,
        HttpContext context
    )
    {
        // Two roles can be there to check: the app's own, and that of its pending replacement.
        RequestDeadline.Restart(context, 2 * RequestDeadline.Limit);
        if (
            await verifier.VerifyAsync(deployment.Organization, appId, context.RequestAborted)
            is not { } app
        )
        {
            return Problems.NotFound();
        }

        context.Response.Headers.ETag = EntityTag.Of(app.Version);
        return TypedResults.Ok(AppResponse.Of(app));
    }

    /// <summary>Why a change was not made.</summary>
    public static Problem ProblemOf(ChangeOutcome outcome) =>
        outcome switch
        {
            ChangeOutcome.Missing => Problems.NotFound(),
            ChangeOutcome.OrganizationSuspended { Reason: var reason } =>
                Problems.OrganizationSuspended(reason),
            ChangeOutcome.Stale => Problems.VersionMismatch(),
            ChangeOutcome.Untrusted { Proof: var found } => Problems.TrustCheckFailed(found),
            ChangeOutcome.ExternalIdNeeded => Problems.ValidationFailed(
                "externalId",
                "'externalId' is required when 'executionRoleArn' changes; send the one in the new role's trust policy."
            ),
            _ => Problems.Internal(),
        };
}
