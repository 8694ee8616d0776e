using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Organizations;

/// <summary>Who one is, and the organizations one belongs to.</summary>
internal static class OrganizationEndpoints
{
    private const int PageOfMe = 100;

    /// <summary>Adds organizations, their groups, members, invitations and API keys.</summary>
    public static WebApplicationBuilder AddOrganizations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<OrganizationDirectory>();
        builder.Services.AddSingleton<OrganizationChanges>();
        builder.Services.AddSingleton<DeletedOrganizations>();
        builder.Services.AddHostedService<Sweeper>();
        builder.Services.AddSingleton<Groups>();
        builder.Services.AddSingleton<MemberDirectory>();
        builder.Services.AddSingleton<Members>();
        builder.Services.AddSingleton<Invitations>();
        builder.Services.AddSingleton<Acceptance>();
        builder.Services.AddSingleton<ApiKeys>();
        builder.Services.AddSingleton<ApiKeyUses>();
        return builder;
    }

    /// <summary>Maps <c>/v1/me</c> and <c>/v1/organizations</c>.</summary>
    public static WebApplication MapOrganizations(this WebApplication app)
    {
        var people = app.MapGroup("/v1").RequirePerson().WithTags("Organizations");
        people.MapGet("/me", MeAsync).WithSummary("Who the caller is, and their organizations");
        people
            .MapPost("/me/erasure", EraseAsync)
            .WithSummary("Erase the caller: record, name, e-mail and memberships, for good");
        people
            .MapPost("/organizations", CreateAsync)
            .WithSummary("Make an organization; the caller owns it");
        people.MapGet("/organizations", ListAsync).WithSummary("The caller's organizations");

        var one = people.MapGroup("/organizations/{organizationId:id}").RequireMember();
        one.MapGet("", GetAsync).WithSummary("One organization");
        one.MapPatch("", RenameAsync)
            .RequireOwner()
            .WithSummary("Rename an organization")
            .WithMetadata(DescribedParameter.IfMatch);
        one.MapDelete("", DeleteAsync)
            .RequireOwner()
            .WithSummary("Delete an organization without apps, for good")
            .WithMetadata(DescribedParameter.IfMatch);
        one.MapPost("/ownership-transfer", TransferAsync)
            .RequireOwner()
            .WithSummary("Make another member the owner")
            .WithMetadata(DescribedParameter.IfMatch);
        return app;
    }

    private static async Task<Ok<MeResponse>> MeAsync(
        Person person,
        OrganizationDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var organizations = new List<OrganizationName>();
        string? cursor = null;
        do
        {
            var page = await directory.ListAsync(
                person.Id,
                new PageRequest(PageOfMe, cursor),
                cancellationToken
            );
            organizations.AddRange(
                page!.Items.Select(o => new OrganizationName(o.Id.Value, o.Name))
            );
            cursor = page.NextCursor;
        } while (cursor is not null);

        return TypedResults.Ok(
            new MeResponse(person.Id.Value, person.Name, person.Email, organizations)
        );
    }

    private static async Task<Results<NoContent, Problem>> EraseAsync(
        Person person,
        Body<ErasureRequest> body,
        People people,
        Erasure erasure,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        if (body.Value.UserId != person.Id.Value)
        {
            return Problems.ValidationFailed(
                "userId",
                "'userId' must be your own user id, as GET /v1/me shows it: this cannot be undone."
            );
        }

        if (await erasure.EraseAsync(person.Id, cancellationToken) is { } refusal)
        {
            return refusal.ToProblem();
        }

        people.Forget(context.User);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Created<OrganizationResponse>, Problem>> CreateAsync(
        Person person,
        People people,
        Body<OrganizationRequest> body,
        OrganizationDirectory directory,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var outcome = await directory.CreateAsync(person.Id, body.Value.Name!, cancellationToken);
        if (outcome.Value is not { } organization)
        {
            if (outcome.Refusal is Refusal.PersonErased)
            {
                people.Forget(context.User);
            }

            return outcome.Refusal!.ToProblem();
        }

        context.Response.Headers.ETag = EntityTag.Of(organization.Version);
        return TypedResults.Created(
            $"/v1/organizations/{organization.Id}",
            OrganizationResponse.Of(organization)
        );
    }

    private static async Task<Results<Ok<ListResponse<OrganizationResponse>>, Problem>> ListAsync(
        Person person,
        ListQuery query,
        OrganizationDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var page = await directory.ListAsync(person.Id, query.Page, cancellationToken);
        return page is null
            ? Problems.InvalidCursor()
            : TypedResults.Ok(ListResponse<OrganizationResponse>.Of(page, OrganizationResponse.Of));
    }

    private static Ok<OrganizationResponse> GetAsync(AccessGrant grant, HttpResponse response) =>
        Answer(grant.Standing.Organization, response);

    private static async Task<Results<Ok<OrganizationResponse>, Problem>> RenameAsync(
        AccessGrant grant,
        Body<OrganizationRequest> body,
        OrganizationChanges changes,
        HttpContext context,
        CancellationToken cancellationToken
    ) =>
        Answer(
            await changes.RenameAsync(
                grant.Standing,
                body.Value.Name!,
                version => EntityTag.Matches(context.Request, version),
                cancellationToken
            ),
            context.Response
        );

    private static async Task<Results<Ok<OrganizationResponse>, Problem>> TransferAsync(
        AccessGrant grant,
        Body<OwnershipTransferRequest> body,
        OrganizationChanges changes,
        HttpContext context,
        CancellationToken cancellationToken
    ) =>
        Answer(
            await changes.TransferAsync(
                grant.Standing,
                UserId.Parse(body.Value.UserId!),
                version => EntityTag.Matches(context.Request, version),
                cancellationToken
            ),
            context.Response
        );

    private static async Task<Results<NoContent, Problem>> DeleteAsync(
        AccessGrant grant,
        OrganizationChanges changes,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var outcome = await changes.DeleteAsync(
            grant.Standing,
            version => EntityTag.Matches(request, version),
            cancellationToken
        );
        return outcome.Refusal is { } refusal ? refusal.ToProblem() : TypedResults.NoContent();
    }

    private static Results<Ok<OrganizationResponse>, Problem> Answer(
        Outcome<Organization> outcome,
        HttpResponse response
    ) =>
        outcome.Value is { } organization
            ? Answer(organization, response)
            : outcome.Refusal!.ToProblem();

    private static Ok<OrganizationResponse> Answer(Organization organization, HttpResponse response)
    {
        response.Headers.ETag = EntityTag.Of(organization.Version);
        return TypedResults.Ok(OrganizationResponse.Of(organization));
    }
}

/// <summary>The body of <c>POST /v1/organizations</c> and <c>PATCH …</c>.</summary>
internal sealed record OrganizationRequest(string? Name = null);

/// <summary>Checks <see cref="OrganizationRequest"/>.</summary>
internal sealed class OrganizationRequestValidator : AbstractValidator<OrganizationRequest>
{
    public OrganizationRequestValidator() =>
        RuleFor(r => r.Name).Required("name").Text("name", 100);
}

/// <summary>The body of <c>POST …/ownership-transfer</c>.</summary>
internal sealed record OwnershipTransferRequest(string? UserId = null);

/// <summary>Checks <see cref="OwnershipTransferRequest"/>.</summary>
internal sealed class OwnershipTransferRequestValidator
    : AbstractValidator<OwnershipTransferRequest>
{
    public OwnershipTransferRequestValidator() =>
        RuleFor(r => r.UserId)
            .Required("userId")
            .Must(id => id is null || Api.Id<Person>.TryParse(id, out _))
            .WithMessage("'userId' must be the user id of a member, as GET …/members shows it.");
}

/// <summary>An organization on the wire.</summary>
internal sealed record OrganizationResponse(
    string OrganizationId,
    string Name,
    string OwnerId,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The organization as it goes over the wire.</summary>
    public static OrganizationResponse Of(Organization organization) =>
        new(
            organization.Id.Value,
            organization.Name,
            organization.OwnerId.Value,
            organization.CreatedAt
        );
}

/// <summary>The body of <c>POST /v1/me/erasure</c>: the caller's own user id, so that nobody is erased by mistake.</summary>
internal sealed record ErasureRequest(string? UserId = null);

/// <summary>The answer of <c>GET /v1/me</c>.</summary>
internal sealed record MeResponse(
    string UserId,
    string UserName,
    string? Email,
    IReadOnlyList<OrganizationName> Organizations
);

/// <summary>An organization's id and name.</summary>
internal sealed record OrganizationName(string OrganizationId, string Name);
