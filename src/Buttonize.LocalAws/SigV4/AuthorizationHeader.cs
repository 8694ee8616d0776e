namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// <c>AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c>, with the date and the session token in headers of
/// their own. The parts may come in any order, with or without spaces after the commas; each exactly once.
/// </summary>
internal static class AuthorizationHeader
{
    private static readonly string[] Required = ["Credential", "Signature", "SignedHeaders"];

    public static (SentSignature?, AuthenticationFailure?) Read(HttpRequest request, string text)
    {
        if (!text.StartsWith(SentSignature.Algorithm + " ", StringComparison.Ordinal))
        {
            return SentSignature.UnsupportedAlgorithm();
        }
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        var list = text[SentSignature.Algorithm.Length..];
        foreach (var part in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var pair = part.Split('=', 2);
            if (pair.Length != 2 || !parts.TryAdd(pair[0], pair[1]))
            {
                return SentSignature.Incomplete(
                    "Authorization header is not a list of distinct key=value pairs."
                );
            }
        }
        return Missing(request, parts) is { } missing ? SentSignature.Incomplete(missing)
            : parts.Count > Required.Length
                ? SentSignature.Incomplete("Authorization header has an unknown parameter.")
            : Build(request, parts);
    }

    private static string? Missing(HttpRequest request, Dictionary<string, string> parts)
    {
        var missing = Required
            .Where(name => string.IsNullOrEmpty(parts.GetValueOrDefault(name)))
            .Select(name => $"Authorization header requires '{name}' parameter.")
            .ToList();
        if (Date(request) is null)
        {
            missing.Add(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            );
        }
        return missing.Count == 0 ? null : string.Join(' ', missing);
    }

    private static (SentSignature?, AuthenticationFailure?) Build(
        HttpRequest request,
        Dictionary<string, string> parts
    )
    {
        var date = Date(request)!;
        if (SignatureDate.Parse(date) is not { } signedAt)
        {
            return SentSignature.Incomplete(SignatureDate.Malformed(date));
        }
        return SentSignature.Build(
            parts["Credential"],
            parts["SignedHeaders"],
            parts["Signature"],
            signedAt,
            request.Headers.TryGetValue("x-amz-security-token", out var token)
                ? token.ToString()
                : null,
            presigned: false
        );
    }

    /// <summary>X-Amz-Date "always overrides the value of the Date header" ("Common Parameters").</summary>
    private static string? Date(HttpRequest request) =>
        request.Headers.TryGetValue("x-amz-date", out var amazonDate) ? amazonDate.ToString()
        : request.Headers.TryGetValue("date", out var date) ? date.ToString()
        : null;
}
