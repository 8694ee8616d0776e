using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>Invitations: those an organization made, and those a person got. Telling the invited is up to whoever invites.</summary>
internal static class InvitationEndpoints
{
    /// <summary>Maps <c>/v1/organizations/{organizationId}/invitations</c> and <c>/v1/invitations</c>.</summary>
    public static WebApplication MapInvitations(this WebApplication app)
    {
        var made = app.MapGroup("/v1/organizations/{organizationId:id}/invitations")
            .RequirePerson()
            .RequirePermission(Permission.ManageMembers)
            .WithTags("Invitations");
        made.MapPost("", CreateAsync)
            .WithSummary("Invite whoever holds an e-mail address; for 7 days");
        made.MapGet("", ListMadeAsync).WithSummary("The organization's open invitations");
        made.MapDelete("/{invitationId:id}", DeleteAsync).WithSummary("Withdraw an invitation");

        var received = app.MapGroup("/v1/invitations").RequirePerson().WithTags("Invitations");
        received
            .MapGet("", ListReceivedAsync)
            .WithSummary("The open invitations of the caller's verified e-mail address");
        received
            .MapPost("/{invitationId:id}/acceptance", AcceptAsync)
            .WithSummary("Accept an invitation; each can be accepted once");
        return app;
    }

    private static async Task<Results<Created<InvitationResponse>, Problem>> CreateAsync(
        AccessGrant grant,
        Body<InvitationRequest> body,
        Invitations invitations,
        CancellationToken cancellationToken
    )
    {
        var outcome = await invitations.CreateAsync(
            grant.Standing,
            EmailAddress.TryParse(body.Value.Email)!,
            GroupIds.Of(body.Value.Groups),
            cancellationToken
        );
        return outcome.Value is { } invitation
            ? TypedResults.Created((string?)null, InvitationResponse.Of(invitation))
            : outcome.Refusal!.ToProblem();
    }

    private static async Task<Results<Ok<ListResponse<InvitationResponse>>, Problem>> ListMadeAsync(
        AccessGrant grant,
        ListQuery query,
        Invitations invitations,
        CancellationToken cancellationToken
    ) =>
        await invitations.ListAsync(grant.Standing.Organization.Id, query.Page, cancellationToken)
            is { } page
            ? TypedResults.Ok(ListResponse<InvitationResponse>.Of(page, InvitationResponse.Of))
            : Problems.InvalidCursor();

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        AccessGrant grant,
        InvitationId invitationId,
        Invitations invitations,
        CancellationToken cancellationToken
    ) =>
        await invitations.DeleteAsync(
            grant.Standing.Organization.Id,
            invitationId,
            cancellationToken
        )
            ? TypedResults.NoContent()
            : Problems.NotFound();

    private static async Task<
        Results<Ok<ListResponse<ReceivedInvitationResponse>>, Problem>
    > ListReceivedAsync(
        Person person,
        ListQuery query,
        Invitations invitations,
        OrganizationDirectory directory,
        CancellationToken cancellationToken
    )
    {
        // Without a verified address there are none, and it is no fault to look.
        if (InvitedAddress.Of(person) is not { } email)
        {
            return TypedResults.Ok(new ListResponse<ReceivedInvitationResponse>([], null));
        }

        if (await invitations.ListAsync(email, query.Page, cancellationToken) is not { } page)
        {
            return Problems.InvalidCursor();
        }

        var organizations = (
            await directory.FindAsync(page.Items.Select(i => i.Organization), cancellationToken)
        ).ToDictionary(o => o.Id);
        return TypedResults.Ok(
            new ListResponse<ReceivedInvitationResponse>(
                [
                    .. page
                        .Items.Where(i => organizations.ContainsKey(i.Organization))
                        .Select(i =>
                            ReceivedInvitationResponse.Of(i, organizations[i.Organization])
                        ),
                ],
                page.NextCursor
            )
        );
    }

    private static async Task<Results<Ok<OrganizationResponse>, Problem>> AcceptAsync(
        InvitationId invitationId,
        Person person,
        People people,
        Body<EmptyRequest> _,
        Acceptance acceptance,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await acceptance.AcceptAsync(person, invitationId, cancellationToken);
        if (outcome.Refusal is Refusal.PersonErased)
        {
            people.Forget(context.User);
        }

        return outcome.Value is { } organization
            ? TypedResults.Ok(OrganizationResponse.Of(organization))
            : outcome.Refusal!.ToProblem();
    }
}

/// <summary>The body of <c>POST …/invitations</c>.</summary>
internal sealed record InvitationRequest(
    string? Email = null,
    IReadOnlyList<string?>? Groups = null
)
{
    /// <summary>Not the address: it is personal.</summary>
    public override string ToString() => "An invitation";
}

/// <summary>Checks <see cref="InvitationRequest"/>.</summary>
internal sealed class InvitationRequestValidator : AbstractValidator<InvitationRequest>
{
    public InvitationRequestValidator()
    {
        RuleFor(r => r.Email)
            .Required("email")
            .Must(email => email is null || EmailAddress.TryParse(email) is not null)
            .WithMessage(
                $"'email' must be one e-mail address of at most {EmailAddress.MaximumLength} characters, without blanks."
            );
        RuleFor(r => r.Groups).OfGroups("groups");
    }
}

/// <summary>An invitation as whoever made it sees it.</summary>
internal sealed record InvitationResponse(
    string InvitationId,
    string Email,
    IReadOnlyList<string> Groups,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>The invitation as it goes over the wire.</summary>
    public static InvitationResponse Of(Invitation invitation) =>
        new(
            invitation.Id.Value,
            invitation.Email.Text,
            [.. invitation.Groups.Select(g => g.Value)],
            invitation.ExpiresAt
        );

    /// <summary>Not the address: it is personal.</summary>
    public override string ToString() => $"Invitation {InvitationId}";
}

/// <summary>An invitation as the invited sees it.</summary>
internal sealed record ReceivedInvitationResponse(
    string InvitationId,
    string OrganizationId,
    string OrganizationName,
    string Email,
    IReadOnlyList<string> Groups,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>The invitation as it goes over the wire.</summary>
    public static ReceivedInvitationResponse Of(Invitation invitation, Organization organization)
    {
        var (id, email, groups, expiresAt) = InvitationResponse.Of(invitation);
        return new(id, organization.Id.Value, organization.Name, email, groups, expiresAt);
    }

    /// <summary>Not the address: it is personal.</summary>
    public override string ToString() => $"Invitation {InvitationId}";
}
