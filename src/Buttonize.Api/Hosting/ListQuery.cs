using System.Globalization;
using System.Reflection;
using Buttonize.Api.Storage;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace Buttonize.Api.Hosting;

/// <summary>The query parameters of every list: <c>limit</c> (1-200, default 50) and <c>cursor</c>.</summary>
/// <param name="Page">The page that is asked for.</param>
internal sealed record ListQuery(PageRequest Page)
    : IBindableFromHttpContext<ListQuery>,
        IEndpointParameterMetadataProvider
{
    private const int DefaultLimit = 50;

    /// <summary>The largest page.</summary>
    public const int MaximumLimit = 200;

    /// <inheritdoc/>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(
            new DescribedParameter(
                "limit",
                ParameterLocation.Query,
                JsonSchemaType.Integer,
                $"How many at most, 1-{MaximumLimit} (default {DefaultLimit})."
            )
        );
        builder.Metadata.Add(
            new DescribedParameter(
                "cursor",
                ParameterLocation.Query,
                JsonSchemaType.String,
                "The 'nextCursor' of the page before."
            )
        );
    }

    /// <inheritdoc/>
    public static ValueTask<ListQuery?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = context.Request.Query;
        var limit = WholeNumber(query, "limit", 1, MaximumLimit) ?? DefaultLimit;
        var cursor = query["cursor"];
        if (cursor.Count > 1 || cursor is [""])
        {
            throw new RefusedException(Problems.InvalidCursor());
        }

        return ValueTask.FromResult<ListQuery?>(new ListQuery(new PageRequest(limit, cursor)));
    }

    /// <summary>A text in the query, or null where it is not given.</summary>
    /// <exception cref="RefusedException">It is given twice.</exception>
    public static string? Text(IQueryCollection query, string name) =>
        query[name] is { Count: <= 1 } values
            ? values.ToString() is { Length: > 0 } text
                ? text
                : null
            : throw new RefusedException(
                Problems.ValidationFailed(name, $"'{name}' is given twice; give it once.")
            );

    /// <summary>A whole number in the query, or null where it is not given.</summary>
    /// <exception cref="RefusedException">It is no number in the range.</exception>
    public static int? WholeNumber(IQueryCollection query, string name, int least, int most)
    {
        if (query[name] is not { Count: > 0 } values)
        {
            return null;
        }

        return
            values is [var value]
            && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw new RefusedException(
                Problems.ValidationFailed(
                    name,
                    $"'{name}' must be one whole number from {least} to {most}."
                )
            );
    }
}

/// <summary>A list on the wire.</summary>
/// <param name="Items">The entries of this page.</param>
/// <param name="NextCursor">To be sent as <c>cursor</c> for the next page; null on the last one.</param>
internal sealed record ListResponse<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>A page as it goes over the wire.</summary>
    public static ListResponse<T> Of<TStored>(Page<TStored> page, Func<TStored, T> toWire) =>
        new([.. page.Items.Select(toWire)], page.NextCursor);
}
