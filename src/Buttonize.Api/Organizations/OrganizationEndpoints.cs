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

    /// <summary>Adds organizations, their members and API keys.</summary>
    public static WebApplicationBuilder AddOrganizations(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<OrganizationDirectory>();
        builder.Services.AddSingleton<Members>();
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
            .MapPost("/organizations", CreateAsync)
            .WithSummary("Make an organization; the caller owns it");
        people.MapGet("/organizations", ListAsync).WithSummary("The caller's organizations");
        people
            .MapGet("/organizations/{organizationId:id}", GetAsync)
            .WithSummary("One organization");
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

    private static async Task<Created<OrganizationResponse>> CreateAsync(
        Person person,
        Body<OrganizationRequest> body,
        OrganizationDirectory directory,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var organization = await directory.CreateAsync(
            person.Id,
            body.Value.Name!,
            cancellationToken
        );
        response.Headers.ETag = EntityTag.Of(organization.Version);
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

    private static async Task<Results<Ok<OrganizationResponse>, Problem>> GetAsync(
        OrganizationId organizationId,
        Person person,
        AccessReader access,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (
            await access.ReadAsync(person.Id, organizationId, cancellationToken) is not { } standing
        )
        {
            return Problems.NotFound();
        }

        response.Headers.ETag = EntityTag.Of(standing.Organization.Version);
        return TypedResults.Ok(OrganizationResponse.Of(standing.Organization));
    }
}

/// <summary>The body of <c>POST /v1/organizations</c>.</summary>
internal sealed record OrganizationRequest(string? Name = null);

/// <summary>Checks <see cref="OrganizationRequest"/>.</summary>
internal sealed class OrganizationRequestValidator : AbstractValidator<OrganizationRequest>
{
    public OrganizationRequestValidator() =>
        RuleFor(r => r.Name).Required("name").Text("name", 100);
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

/// <summary>The answer of <c>GET /v1/me</c>.</summary>
internal sealed record MeResponse(
    string UserId,
    string UserName,
    string? Email,
    IReadOnlyList<OrganizationName> Organizations
);

/// <summary>An organization's id and name.</summary>
internal sealed record OrganizationName(string OrganizationId, string Name);
