using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>Groups, managed by people. Every member may read them: they say whom to ask for what.</summary>
internal static class GroupEndpoints
{
    /// <summary>Maps <c>/v1/organizations/{organizationId}/groups</c>.</summary>
    public static WebApplication MapGroups(this WebApplication app)
    {
        var groups = app.MapGroup("/v1/organizations/{organizationId:id}/groups")
            .RequirePerson()
            .RequireMember()
            .WithTags("Groups");
        groups.MapGet("", ListAsync).WithSummary("The organization's groups");
        groups.MapGet("/{groupId:id}", GetAsync).WithSummary("One group");
        groups
            .MapPost("", CreateAsync)
            .RequirePermission(Permission.ManagePermissions)
            .WithSummary("Make a group; it gives nothing that its maker lacks");
        groups
            .MapPut("/{groupId:id}", ReplaceAsync)
            .RequirePermission(Permission.ManagePermissions)
            .WithSummary("Replace a custom group")
            .WithMetadata(DescribedParameter.IfMatch);
        groups
            .MapDelete("/{groupId:id}", DeleteAsync)
            .RequirePermission(Permission.ManagePermissions)
            .WithSummary("Delete a custom group")
            .WithMetadata(DescribedParameter.IfMatch);
        return app;
    }

    private static async Task<Results<Ok<ListResponse<GroupResponse>>, Problem>> ListAsync(
        AccessGrant grant,
        ListQuery query,
        Groups groups,
        CancellationToken cancellationToken
    ) =>
        await groups.ListAsync(grant.Standing.Organization.Id, query.Page, cancellationToken)
            is { } page
            ? TypedResults.Ok(ListResponse<GroupResponse>.Of(page, GroupResponse.Of))
            : Problems.InvalidCursor();

    private static async Task<Results<Ok<GroupResponse>, Problem>> GetAsync(
        AccessGrant grant,
        GroupId groupId,
        Groups groups,
        HttpResponse response,
        CancellationToken cancellationToken
    ) =>
        await groups.FindAsync(grant.Standing.Organization.Id, groupId, cancellationToken)
            is { } group
            ? Answer(group, response)
            : Problems.NotFound();

    private static async Task<Results<Created<GroupResponse>, Problem>> CreateAsync(
        AccessGrant grant,
        Body<GroupRequest> body,
        Groups groups,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var outcome = await groups.CreateAsync(
            grant.Standing,
            body.Value.ToDefinition(),
            cancellationToken
        );
        if (outcome.Value is not { } group)
        {
            return outcome.Refusal!.ToProblem();
        }

        response.Headers.ETag = EntityTag.Of(group.Version);
        return TypedResults.Created(
            $"/v1/organizations/{grant.Standing.Organization.Id}/groups/{group.Id}",
            GroupResponse.Of(group)
        );
    }

    private static async Task<Results<Ok<GroupResponse>, Problem>> ReplaceAsync(
        AccessGrant grant,
        GroupId groupId,
        Body<GroupRequest> body,
        Groups groups,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await groups.ReplaceAsync(
            grant.Standing,
            groupId,
            body.Value.ToDefinition(),
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        return outcome.Value is { } group
            ? Answer(group, context.Response)
            : outcome.Refusal!.ToProblem();
    }

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        AccessGrant grant,
        GroupId groupId,
        Groups groups,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await groups.DeleteAsync(
            grant.Standing,
            groupId,
            version => EntityTag.Matches(request, version),
            cancellationToken
        );
        return outcome.Refusal is { } refusal ? refusal.ToProblem() : TypedResults.NoContent();
    }

    private static Ok<GroupResponse> Answer(Group group, HttpResponse response)
    {
        response.Headers.ETag = EntityTag.Of(group.Version);
        return TypedResults.Ok(GroupResponse.Of(group));
    }
}
