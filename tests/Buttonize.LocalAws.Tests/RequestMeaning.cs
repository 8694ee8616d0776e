using System.Text.RegularExpressions;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// All that a signature is about, so that two requests that mean the same are equal; from AWS's description of the
/// canonical request, and not by the code under test. A character is a byte.
/// </summary>
internal static class RequestMeaning
{
    /// <param name="original">Every header of it is signed; one that comes in addition says nothing, but for x-amz-.</param>
    public static string Of(RawRequest request, RawRequest? original = null)
    {
        var signed = (original ?? request)
            .Headers.Select(header => header.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var target = request.Target.Split('?', 2);
        var segments = new List<string>();
        foreach (var segment in target[0].Split('/').Where(s => s is not ("" or ".")))
        {
            if (segment != "..")
            {
                segments.Add(segment);
            }
            else if (segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
        }
        var query = (target.ElementAtOrDefault(1) ?? "")
            .Split('&')
            .Where(pair => pair.Length > 0)
            .Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=")
            .Select(pair => string.Join("\u0100", pair.Split('=', 2).Select(Decoded)))
            .Order(StringComparer.Ordinal);
        var headers = request
            .Headers.GroupBy(header => header.Name.ToLowerInvariant(), header => header.Value)
            .Where(header =>
                header.Key != "authorization"
                && (
                    signed.Contains(header.Key)
                    || header.Key.StartsWith("x-amz-", StringComparison.Ordinal)
                )
            )
            .Select(header => $"{header.Key}:{string.Join(',', header.Select(Folded))}")
            .Order(StringComparer.Ordinal);
        var authorization = request
            .Headers.Where(header =>
                header.Name.Equals("authorization", StringComparison.OrdinalIgnoreCase)
            )
            .Select(header => Credentials(header.Value));
        var slash = segments.Count > 0 && target[0].EndsWith('/') ? "/" : "";
        return string.Join(
            '\n',
            [
                request.Method,
                string.Join('/', segments) + slash,
                .. query,
                .. headers,
                .. authorization,
                request.Body,
            ]
        );
    }

    private static string Decoded(string text) =>
        Regex.Replace(
            text.Replace('+', ' '),
            "%([0-9A-Fa-f]{2})",
            match => ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString()
        );

    private static string Folded(string text) => Regex.Replace(text, "[ \t]+", " ").Trim(' ');

    private static string Credentials(string authorization)
    {
        var algorithm = Folded(authorization).Split(' ', 2);
        return $"{algorithm[0]} "
            + string.Join(
                ',',
                (algorithm.ElementAtOrDefault(1) ?? "")
                    .Split(',')
                    .Select(part => part.Trim())
                    .Order(StringComparer.Ordinal)
            );
    }
}
