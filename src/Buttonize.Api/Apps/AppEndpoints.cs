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
    /// <summary>Maps <c>/v1/organizations/{organizationId}/apps</c>.</summary>
    public static WebApplication MapApps(this WebApplication app)
    {
        var apps = app.MapGroup("/v1/organizations/{organizationId:id}/apps")
            .RequirePerson()
            .RequireMember()
            .WithTags("Apps");
        apps.MapGet("", ListAsync).WithSummary("The apps that the caller may use");
        apps.MapGet("/{appId:id}", GetAsync)
            .RequireUseOfApp()
            .WithSummary("One app that the caller may use");
        apps.MapPut("/{appId:id}/suspension", SuspendAsync)
            .RequireUseOfApp()
            .RequirePermission(Permission.ManageApps)
            .WithSummary("Suspend an app: no more sessions of its role are issued")
            .WithMetadata(DescribedParameter.IfMatch);
        apps.MapDelete("/{appId:id}/suspension", LiftAsync)
            .RequireUseOfApp()
            .RequirePermission(Permission.ManageApps)
            .WithSummary("Lift an app's suspension; lifting what is not there succeeds")
            .WithMetadata(DescribedParameter.IfMatch);
        return app;
    }

    private static async Task<Results<Ok<ListResponse<AppResponse>>, Problem>> ListAsync(
        AccessGrant grant,
        ListQuery query,
        AppFilter filter,
        AppStore store,
        CancellationToken cancellationToken
    ) =>
        await store.ListAsync(
            grant.Standing.Organization.Id,
            query.Page,
            app => AccessRules.MayUse(grant.Standing, app) && filter.Takes(app),
            cancellationToken
        )
            is { } page
            ? TypedResults.Ok(ListResponse<AppResponse>.Of(page, AppResponse.Of))
            : Problems.InvalidCursor();

    private static Ok<AppResponse> GetAsync(AccessGrant grant, HttpResponse response) =>
        Answer(grant.App!, response);

    private static async Task<Results<Ok<AppResponse>, Problem>> SuspendAsync(
        AccessGrant grant,
        Body<SuspensionRequest> body,
        AppSuspension suspension,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await suspension.SuspendAsync(
            grant.Standing,
            grant.App!.Id,
            body.Value.Reason!,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        return outcome.Value is { } app
            ? Answer(app, context.Response)
            : outcome.Refusal!.ToProblem();
    }

    private static async Task<Results<NoContent, Problem>> LiftAsync(
        AccessGrant grant,
        AppSuspension suspension,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await suspension.LiftAsync(
            grant.Standing,
            grant.App!.Id,
            version => EntityTag.Matches(request, version),
            cancellationToken
        );
        return outcome.Refusal is { } refusal ? refusal.ToProblem() : TypedResults.NoContent();
    }

    private static Ok<AppResponse> Answer(App app, HttpResponse response)
    {
        response.Headers.ETag = EntityTag.Of(app.Version);
        return TypedResults.Ok(AppResponse.Of(app));
    }
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
