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
        builder.Services.AddSingleton<IssuanceExport>();
        builder.Services.AddSingleton<ErasedIssuances>();
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
            .WithSummary("Who got which session, newest first")
            .WithDescription(
                $"One's own entries, and everybody's with 'manageMembers'. With 'Accept: {IssuanceLines.ContentType}' all of them in the range "
                    + "are streamed, one JSON object a line, without 'limit' and 'cursor'; an export that breaks off ends with a broken connection."
            )
            .AddOpenApiOperationTransformer(IssuanceExport.DescribeAsync);
        return app;
    }

    private static async Task<
        Results<Ok<ListResponse<IssuanceResponse>>, IssuanceExport.Lines, Problem>
    > ListAsync(
        AccessGrant grant,
        IssuanceQuery query,
        ListQuery list,
        Ledger ledger,
        IssuanceExport export,
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

        if (IssuanceExport.IsWantedBy(context.Request))
        {
            return PagingOf(context.Request) is { } paging
                ? paging
                : export.Of(grant.Standing, filter);
        }

        return await ledger.ListAsync(filter, list.Page, cancellationToken) is { } page
            ? TypedResults.Ok(ListResponse<IssuanceResponse>.Of(page, IssuanceResponse.Of))
            : Problems.InvalidCursor();
    }

    /// <summary>What is wrong with a request for everything that asks for a page as well; null where it does not.</summary>
    private static Problem? PagingOf(HttpRequest request) =>
        ((string[])["limit", "cursor"]).FirstOrDefault(request.Query.ContainsKey) is { } member
            ? Problems.ValidationFailed(
                member,
                $"An export has no pages; leave '{member}' out, or ask for 'application/json'."
            )
            : null;

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
