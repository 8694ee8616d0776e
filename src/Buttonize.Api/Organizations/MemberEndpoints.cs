using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>Members. Every member may see who the others are; changing them takes a permission, leaving does not.</summary>
internal static class MemberEndpoints
{
    /// <summary>Maps <c>/v1/organizations/{organizationId}/members</c>.</summary>
    public static WebApplication MapMembers(this WebApplication app)
    {
        var members = app.MapGroup("/v1/organizations/{organizationId:id}/members")
            .RequirePerson()
            .RequireMember()
            .WithTags("Members");
        members.MapGet("", ListAsync).WithSummary("The organization's members");
        members.MapGet("/{userId:id}", GetAsync).WithSummary("One member");
        members
            .MapPut("/{userId:id}", AssignAsync)
            .RequirePermission(Permission.ManageMembers)
            .WithSummary("Put a member into exactly these groups")
            .WithMetadata(DescribedParameter.IfMatch);
        members
            .MapDelete("/{userId:id}", RemoveAsync)
            .RequirePermissionOrSelf(Permission.ManageMembers)
            .WithSummary("Remove a member; or leave")
            .WithMetadata(DescribedParameter.IfMatch);
        members
            .MapPut("/{userId:id}/suspension", SuspendAsync)
            .RequirePermission(Permission.ManageMembers)
            .WithSummary(
                "Suspend a member; the answer has the IAM policy that ends the sessions they hold"
            )
            .WithMetadata(DescribedParameter.IfMatch);
        members
            .MapDelete("/{userId:id}/suspension", LiftAsync)
            .RequirePermission(Permission.ManageMembers)
            .WithSummary("Lift a member's suspension; lifting what is not there succeeds")
            .WithMetadata(DescribedParameter.IfMatch);
        return app;
    }

    private static async Task<Results<Ok<ListResponse<MemberResponse>>, Problem>> ListAsync(
        AccessGrant grant,
        ListQuery query,
        MemberDirectory members,
        CancellationToken cancellationToken
    ) =>
        await members.ListAsync(grant.Standing.Organization, query.Page, cancellationToken)
            is { } page
            ? TypedResults.Ok(ListResponse<MemberResponse>.Of(page, MemberResponse.Of))
            : Problems.InvalidCursor();

    private static async Task<Results<Ok<MemberResponse>, Problem>> GetAsync(
        AccessGrant grant,
        UserId userId,
        MemberDirectory members,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (
            await members.FindNamedAsync(grant.Standing.Organization, userId, cancellationToken)
            is not { } member
        )
        {
            return Problems.NotFound();
        }

        response.Headers.ETag = EntityTag.Of(member.Member.Version);
        return TypedResults.Ok(MemberResponse.Of(member));
    }

    private static async Task<Results<Ok<MemberResponse>, Problem>> AssignAsync(
        AccessGrant grant,
        UserId userId,
        Body<MemberRequest> body,
        Members members,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await members.AssignAsync(
            grant.Standing,
            userId,
            GroupIds.Of(body.Value.Groups),
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        if (outcome.Value is not { } member)
        {
            return outcome.Refusal!.ToProblem();
        }

        context.Response.Headers.ETag = EntityTag.Of(member.Member.Version);
        return TypedResults.Ok(MemberResponse.Of(member));
    }

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        AccessGrant grant,
        UserId userId,
        Members members,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await members.RemoveAsync(
            grant.Standing,
            userId,
            version => EntityTag.Matches(request, version),
            cancellationToken
        );
        return outcome.Refusal is { } refusal ? refusal.ToProblem() : TypedResults.NoContent();
    }

    private static async Task<Results<Ok<SuspendedMemberResponse>, Problem>> SuspendAsync(
        AccessGrant grant,
        UserId userId,
        Body<SuspensionRequest> body,
        Members members,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await members.SuspendAsync(
            grant.Standing,
            userId,
            body.Value.Reason!,
            version => EntityTag.Matches(context.Request, version),
            cancellationToken
        );
        if (outcome.Value is not { } member)
        {
            return outcome.Refusal!.ToProblem();
        }

        context.Response.Headers.ETag = EntityTag.Of(member.Member.Version);
        return TypedResults.Ok(SuspendedMemberResponse.Of(member));
    }

    private static async Task<Results<NoContent, Problem>> LiftAsync(
        AccessGrant grant,
        UserId userId,
        Members members,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await members.LiftAsync(
            grant.Standing,
            userId,
            version => EntityTag.Matches(request, version),
            cancellationToken
        );
        return outcome.Refusal is { } refusal ? refusal.ToProblem() : TypedResults.NoContent();
    }
}
