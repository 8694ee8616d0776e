using System.Reflection;
using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Apps;

/// <summary>What people see of apps: those they may use; and how they suspend them.</summary>
internal static class AppEndpoints
{
    private const string Permission = "manageApps";

    /// <summary>Maps <c>/v1/organizations/{organizationId}/apps</c>.</summary>
    public static WebApplication MapApps(this WebApplication app)
    {
        var apps = app.MapGroup("/v1/organizations/{organizationId:id}/apps")
            .RequirePerson()
            .WithTags("Apps");
        apps.MapGet("", ListAsync).WithSummary("The apps that the caller may use");
        apps.MapGet("/{appId:id}", GetAsync).WithSummary("One app that the caller may use");
        apps.MapPut("/{appId:id}/suspension", SuspendAsync)
            .WithSummary("Suspend an app: no more sessions of its role are issued")
            .WithMetadata(DescribedParameter.IfMatch);
        apps.MapDelete("/{appId:id}/suspension", LiftAsync)
            .WithSummary("Lift an app's suspension; lifting what is not there succeeds")
            .WithMetadata(DescribedParameter.IfMatch);
        return app;
    }

    private static async Task<Results<Ok<ListResponse<AppResponse>>, Problem>> ListAsync(
        OrganizationId organizationId,
        Person person,
        ListQuery query,
        AppFilter filter,
        AccessReader access,
        AppStore store,
        CancellationToken cancellationToken
    )
    {
        if (
            await access.ReadAsync(person.Id, organizationId, cancellationToken) is not { } standing
        )
        {
            return Problems.NotFound();
        }

        var page = await store.ListAsync(
            organizationId,
            query.Page,
            app => AccessRules.MayUse(standing, app) && filter.Takes(app),
            cancellationToken
        );
        return page is null
            ? Problems.InvalidCursor()
            : TypedResults.Ok(ListResponse<AppResponse>.Of(page, AppResponse.Of));
    }

    private static async Task<Results<Ok<AppResponse>, Problem>> GetAsync(
        OrganizationId organizationId,
        AppId appId,
        Person person,
        AccessReader access,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var read = await access.ReadAsync(person.Id, organizationId, appId, cancellationToken);
        if (read is null || !AccessRules.MayUse(read.In, read.App))
        {
            return Problems.NotFound();
        }

        response.Headers.ETag = EntityTag.Of(read.App.Version);
        return TypedResults.Ok(AppResponse.Of(read.App));
    }

    private static async Task<Results<Ok<AppResponse>, Problem>> SuspendAsync(
        OrganizationId organizationId,
        AppId appId,
        Person person,
        Body<SuspensionRequest> body,
        AccessReader access,
        AppSuspension suspension,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var read = await access.ReadAsync(person.Id, organizationId, appId, cancellationToken);
        if (RefusalOf(read) is { } refusal)
        {
            return refusal;
        }

        var outcome = await suspension.SuspendAsync(
            organizationId,
            appId,
            body.Value.Reason!,
            person.Id,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        if (outcome is not ChangeOutcome.Changed { App: var app })
        {
            return DeploymentEndpoints.ProblemOf(outcome);
        }

        context.Response.Headers.ETag = EntityTag.Of(app.Version);
        return TypedResults.Ok(AppResponse.Of(app));
    }

    private static async Task<Results<NoContent, Problem>> LiftAsync(
        OrganizationId organizationId,
        AppId appId,
        Person person,
        AccessReader access,
        AppSuspension suspension,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var read = await access.ReadAsync(person.Id, organizationId, appId, cancellationToken);
        if (RefusalOf(read) is { } refusal)
        {
            return refusal;
        }

        var outcome = await suspension.LiftAsync(
            organizationId,
            appId,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        return outcome is ChangeOutcome.Changed
            ? TypedResults.NoContent()
            : DeploymentEndpoints.ProblemOf(outcome);
    }

    private static Problem? RefusalOf(AppAccess? read) =>
        read is null || !AccessRules.MayUse(read.In, read.App) ? Problems.NotFound()
        : AccessRules.MayManageApps(read.In) ? null
        : Problems.Forbidden(Permission);
}

/// <summary>The query of the list of apps: <c>?tag=</c> and <c>?stage=</c>, each at most once.</summary>
internal sealed record AppFilter(string? Tag, string? Stage)
    : IBindableFromHttpContext<AppFilter>,
        IEndpointParameterMetadataProvider
{
    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        Describe("tag", "Only apps with this tag.");
        Describe("stage", "Only apps of this stage.");

        void Describe(string name, string description) =>
            builder.Metadata.Add(
                new DescribedParameter(
                    name,
                    ParameterLocation.Query,
                    JsonSchemaType.String,
                    description
                )
            );
    }

    /// <inheritdoc/>
    public static ValueTask<AppFilter?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = context.Request.Query;
        return ValueTask.FromResult<AppFilter?>(
            new AppFilter(ListQuery.Text(query, "tag"), ListQuery.Text(query, "stage"))
        );
    }

    /// <summary>Whether the app is one of those asked for.</summary>
    public bool Takes(App app) =>
        (Tag is null || app.Definition.Tags.Contains(Tag, StringComparer.Ordinal))
        && (Stage is null || app.Definition.Stage == Stage);
}
