using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Buttonize.Api.Audit;

/// <summary>The ledger: everything for whoever manages the members, and one's own entries for everyone.</summary>
internal static class IssuanceEndpoints
{
    /// <summary>Adds the ledger.</summary>
    public static WebApplicationBuilder AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Ledger>();
        return builder;
    }

    /// <summary>Maps <c>/v1/organizations/{organizationId}/issuances</c>.</summary>
    public static WebApplication MapIssuances(this WebApplication app)
    {
        app.MapGroup("/v1/organizations/{organizationId:id}/issuances")
            .RequirePerson()
            .RequireMember()
            .WithTags("Issuances")
            .MapGet("", ListAsync)
            .WithSummary("Who got which session, newest first");
        return app;
    }

    private static async Task<Results<Ok<ListResponse<IssuanceResponse>>, Problem>> ListAsync(
        AccessGrant grant,
        IssuanceQuery query,
        ListQuery list,
        Ledger ledger,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        var filter = FilterOf(query, grant.Standing);
        if (AccessRules.DecideToAudit(grant.Standing, filter.User) is { } refusal)
        {
            return refusal.ToProblem();
        }

        return await ledger.ListAsync(filter, list.Page, cancellationToken) is { } page
            ? TypedResults.Ok(ListResponse<IssuanceResponse>.Of(page, IssuanceResponse.Of))
            : Problems.InvalidCursor();
    }

    /// <summary>Whoever names nobody means everybody, and where they may not, themselves.</summary>
    private static IssuanceFilter FilterOf(IssuanceQuery query, Standing standing) =>
        new(
            standing.Organization.Id,
            query.User
                ?? (
                    AccessRules.DecideToAudit(standing, person: null) is null ? null : standing.User
                ),
            query.App,
            query.From,
            query.To
        );
}
