using System.Reflection;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Audit;

/// <summary>What a reader of the ledger asks for: <c>?userId=&amp;appId=&amp;from=&amp;to=</c>.</summary>
/// <param name="User">Whose entries; null: everybody's, or the caller's own where they may not see more.</param>
/// <param name="App">Of which app; null: of all.</param>
/// <param name="From">From then on, inclusive; null: from the first one on.</param>
/// <param name="To">Until then, exclusive; null: to the last one.</param>
internal sealed record IssuanceQuery(
    UserId? User,
    AppId? App,
    DateTimeOffset? From,
    DateTimeOffset? To
) : IBindableFromHttpContext<IssuanceQuery>, IEndpointParameterMetadataProvider
{
    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        Describe(
            "userId",
            "Only this person's entries; without 'manageMembers', one's own are all there is."
        );
        Describe("appId", "Only this app's entries.");
        Describe("from", "Only entries from then on (RFC 3339, inclusive).");
        Describe("to", "Only entries before then (RFC 3339, exclusive).");

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
    public static ValueTask<IssuanceQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = context.Request.Query;
        var (from, to) = (Time(query, "from"), Time(query, "to"));
        return from >= to
            ? throw new RefusedException(
                Problems.ValidationFailed("to", "'to' must be later than 'from'.")
            )
            : ValueTask.FromResult<IssuanceQuery?>(
                new IssuanceQuery(
                    Parsed<Access.Person>(query, "userId"),
                    Parsed<Apps.App>(query, "appId"),
                    from,
                    to
                )
            );
    }

    /// <summary>A mistyped id is refused: an empty list would say that nobody got anything.</summary>
    private static Id<TOf>? Parsed<TOf>(IQueryCollection query, string name) =>
        ListQuery.Text(query, name) is not { } text ? null
        : Id<TOf>.TryParse(text, out var id) ? id
        : throw new RefusedException(
            Problems.ValidationFailed(
                name,
                $"'{name}' is no id: those have {Id<TOf>.Length} characters of A-Za-z0-9_-."
            )
        );

    private static DateTimeOffset? Time(IQueryCollection query, string name) =>
        ListQuery.Text(query, name) is not { } text ? null
        : JsonTime.TryParse(text) is { } time ? time
        : throw new RefusedException(
            Problems.ValidationFailed(
                name,
                $"'{name}' must be an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z; in a URL the '+' of an offset is '%2B'."
            )
        );
}
