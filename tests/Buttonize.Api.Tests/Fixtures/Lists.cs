using System.Text.Json.Nodes;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>Lists of the API, read page by page to their end as a client does.</summary>
public static class Lists
{
    /// <summary>No list of a test is longer: a cursor that goes round in circles fails instead of going on.</summary>
    private const int MostPages = 1000;

    /// <summary>Every entry of a list, in its order.</summary>
    public static async Task<IReadOnlyList<JsonObject>> ListAsync(
        this HttpClient client,
        string path,
        CancellationToken cancellationToken,
        int limit = 200
    ) => [.. (await client.PagesAsync(path, limit, cancellationToken)).SelectMany(page => page)];

    /// <summary>Every page of a list.</summary>
    /// <param name="client">Who reads it.</param>
    /// <param name="path">The list, with or without a query.</param>
    /// <param name="limit">How many entries a page may have.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="between">What happens after each page.</param>
    public static async Task<IReadOnlyList<IReadOnlyList<JsonObject>>> PagesAsync(
        this HttpClient client,
        string path,
        int limit,
        CancellationToken cancellationToken,
        Func<Task>? between = null
    )
    {
        var pages = new List<IReadOnlyList<JsonObject>>();
        var query =
            $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit}";
        string? cursor = null;
        do
        {
            var page = (
                await client.GetAnswerAsync(
                    cursor is null ? query : $"{query}&cursor={Uri.EscapeDataString(cursor)}",
                    cancellationToken
                )
            ).Is(200);
            IReadOnlyList<JsonObject> entries =
            [
                .. page.Json["items"]!.AsArray().Select(entry => entry!.AsObject()),
            ];
            entries.Count.Should().BeLessThanOrEqualTo(limit);
            pages.Add(entries);
            pages.Count.Should().BeLessThan(MostPages);
            cursor = page.Json["nextCursor"]?.GetValue<string>();
            if (between is not null)
            {
                await between();
            }
        } while (cursor is not null);

        return pages;
    }

    /// <summary>A member of each entry.</summary>
    public static IEnumerable<string> Texts(this IEnumerable<JsonObject> entries, string member) =>
        entries.Select(entry => entry[member]!.GetValue<string>());

    /// <summary>A list of texts in an object.</summary>
    public static IEnumerable<string> Texts(this JsonObject from, string member) =>
        from[member]!.AsArray().Select(text => text!.GetValue<string>());
}
