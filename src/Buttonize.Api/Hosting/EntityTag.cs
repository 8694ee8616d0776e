using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Buttonize.Api.Hosting;

/// <summary>The <c>ETag</c> of a stored thing, and the <c>If-Match</c> condition of a change (RFC 9110, 13.1.1).</summary>
internal static class EntityTag
{
    /// <summary>The strong entity tag of a version.</summary>
    public static string Of(long version) =>
        $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>Whether the request's condition holds for <paramref name="version"/>; without a condition it does.</summary>
    public static bool Matches(HttpRequest request, long version)
    {
        if (request.Headers.IfMatch.Count == 0)
        {
            return true;
        }

        return EntityTagHeaderValue.TryParseList(request.Headers.IfMatch, out var tags)
            && tags.Any(tag =>
                tag == EntityTagHeaderValue.Any
                || (!tag.IsWeak && tag.Tag.Equals(Of(version), StringComparison.Ordinal))
            );
    }
}
