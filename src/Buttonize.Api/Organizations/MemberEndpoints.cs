using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Sessions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>Members, managed by people.</summary>
internal static class MemberEndpoints
{
    private const string Permission = "manageMembers";

    /// <summary>Maps <c>/v1/organizations/{organizationId}/members</c>.</summary>
    public static WebApplication MapMembers(this WebApplication app)
    {
        var members = app.MapGroup("/v1/organizations/{organizationId:id}/members")
            .RequirePerson()
            .WithTags("Members");
        members
            .MapPut("/{userId:id}/suspension", SuspendAsync)
            .WithSummary(
                "Suspend a member; the answer has the IAM policy that ends the sessions they hold"
            );
        members
            .MapDelete("/{userId:id}/suspension", LiftAsync)
            .WithSummary("Lift a member's suspension; lifting what is not there succeeds");
        return app;
    }

    private static async Task<Results<Ok<SuspendedMemberResponse>, Problem>> SuspendAsync(
        OrganizationId organizationId,
        UserId userId,
        Person person,
        Body<SuspensionRequest> body,
        AccessReader access,
        Members members,
        CancellationToken cancellationToken
    )
    {
        var standing = await access.ReadAsync(person.Id, organizationId, cancellationToken);
        if (RefusalOf(standing) is { } refusal)
        {
            return refusal;
        }

        if (!AccessRules.MayBeSuspended(standing!, userId))
        {
            return Problems.OwnerNotSuspendable();
        }

        return
            await members.SuspendAsync(
                organizationId,
                userId,
                body.Value.Reason!,
                person.Id,
                cancellationToken
            )
                is { } member
            ? TypedResults.Ok(SuspendedMemberResponse.Of(member))
            : Problems.NotFound();
    }

    private static async Task<Results<NoContent, Problem>> LiftAsync(
        OrganizationId organizationId,
        UserId userId,
        Person person,
        AccessReader access,
        Members members,
        CancellationToken cancellationToken
    )
    {
        var standing = await access.ReadAsync(person.Id, organizationId, cancellationToken);
        if (RefusalOf(standing) is { } refusal)
        {
            return refusal;
        }

        return await members.LiftAsync(organizationId, userId, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound();
    }

    private static Problem? RefusalOf(OrganizationAccess? standing) =>
        standing is null ? Problems.NotFound()
        : AccessRules.MayManageMembers(standing) ? null
        : Problems.Forbidden(Permission);
}

/// <summary>A member who was suspended, on the wire.</summary>
/// <param name="DenyPolicy">An IAM policy for the roles whose sessions the member may still hold.</param>
internal sealed record SuspendedMemberResponse(
    string UserId,
    string UserName,
    string? Email,
    IReadOnlyList<string> Groups,
    SuspensionResponse? Suspension,
    DenyPolicy DenyPolicy
)
{
    /// <summary>The member as they go over the wire. There are no groups yet.</summary>
    public static SuspendedMemberResponse Of(Member member) =>
        new(
            member.Id.Value,
            member.UserName,
            member.Email,
            Groups: [],
            SuspensionResponse.Of(member.Suspension),
            DenyPolicy.Against(member.Id)
        );
}
