using System.Globalization;

namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// Authentication in the query string, as in presigned URLs: parameters as in "Common Parameters" of the STS and Lambda
/// API references, each at most once, and all of them in the query.
/// </summary>
internal static class PresignedQuery
{
    public const string SignatureParameter = "X-Amz-Signature";
    public const string ContentHashParameter = "X-Amz-Content-Sha256";
    private const string AlgorithmParameter = "X-Amz-Algorithm";
    private const string CredentialParameter = "X-Amz-Credential";
    private const string SignedHeadersParameter = "X-Amz-SignedHeaders";
    private const string DateParameter = "X-Amz-Date";
    private const string ExpiresParameter = "X-Amz-Expires";
    private const string TokenParameter = "X-Amz-Security-Token";

    /// <summary>Seven days, from "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"; at least 1.</summary>
    private const int MaxExpiresSeconds = 604_800;

    private static readonly string[] Required =
    [
        AlgorithmParameter,
        CredentialParameter,
        SignatureParameter,
        SignedHeadersParameter,
        DateParameter,
    ];

    /// <summary>All that are about the signature, and not the operation's own. Names are compared with case, as AWS does.</summary>
    public static readonly IReadOnlySet<string> Parameters = new HashSet<string>(
        [.. Required, ExpiresParameter, TokenParameter, ContentHashParameter],
        StringComparer.Ordinal
    );

    /// <param name="query">Has at least one of the parameters.</param>
    public static (SentSignature?, AuthenticationFailure?) Read(
        HttpRequest request,
        IReadOnlyList<QueryPair> query
    )
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in query.Where(pair => Parameters.Contains(pair.Name)))
        {
            if (!parts.TryAdd(pair.Name, pair.Value))
            {
                return SentSignature.Incomplete(
                    $"The query-string parameter '{pair.Name}' is given more than once."
                );
            }
        }
        if (Incomplete(request, parts) is { } incomplete)
        {
            return SentSignature.Incomplete(incomplete);
        }
        if (parts[AlgorithmParameter] != SentSignature.Algorithm)
        {
            return SentSignature.UnsupportedAlgorithm();
        }
        var date = parts[DateParameter];
        if (SignatureDate.Parse(date) is not { } signedAt)
        {
            return SentSignature.Incomplete(SignatureDate.Malformed(date));
        }
        return SentSignature.Build(
            parts[CredentialParameter],
            parts[SignedHeadersParameter],
            parts[SignatureParameter],
            signedAt,
            parts.GetValueOrDefault(TokenParameter),
            presigned: true
        );
    }

    private static string? Incomplete(HttpRequest request, Dictionary<string, string> parts)
    {
        var missing = Required
            .Where(name => string.IsNullOrEmpty(parts.GetValueOrDefault(name)))
            .Select(name => $"AWS query-string parameters must include '{name}'.")
            .ToArray();
        if (missing.Length > 0)
        {
            return $"{string.Join(' ', missing)} Re-examine the query-string parameters.";
        }
        if (parts.TryGetValue(ExpiresParameter, out var expires) && !IsLifetime(expires))
        {
            return $"'{ExpiresParameter}' must be a whole number of seconds from 1 to {MaxExpiresSeconds}.";
        }
        // Which of the two would count is nowhere said, and one of them need not be signed.
        string[] twins = [DateParameter, TokenParameter, ContentHashParameter];
        return twins.FirstOrDefault(request.Headers.ContainsKey) is { } twin
            ? $"The header '{twin}' is not supported in a call that is signed in the query string."
            : null;
    }

    private static bool IsLifetime(string seconds) =>
        int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is >= 1 and <= MaxExpiresSeconds;
}
