namespace Buttonize.LocalAws.SigV4;

/// <summary>The scope a signature is good for: <c>20260101/eu-central-1/sts/aws4_request</c>.</summary>
internal sealed record CredentialScope(
    string Date,
    string Region,
    string Service,
    string Terminator
)
{
    public override string ToString() => $"{Date}/{Region}/{Service}/{Terminator}";
}

/// <summary><c>AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…</c></summary>
internal sealed record AuthorizationHeader(
    string AccessKeyId,
    CredentialScope Scope,
    IReadOnlyList<string> SignedHeaders,
    string Signature
)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <returns>The parts, or what AWS says about the first thing that is wrong.</returns>
    public static (AuthorizationHeader? Header, AuthenticationFailure? Failure) Parse(string text)
    {
        if (!text.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            return Incomplete(
                $"Unsupported authorization scheme: only '{Algorithm}' is understood."
            );
        }
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries))
        {
            var pair = part.Split('=', 2);
            if (pair.Length != 2 || !parts.TryAdd(pair[0], pair[1]))
            {
                return Incomplete(
                    "Authorization header is not a list of distinct key=value pairs."
                );
            }
        }
        string[] required = ["Credential", "Signature", "SignedHeaders"];
        var missing = required
            .Where(name => string.IsNullOrEmpty(parts.GetValueOrDefault(name)))
            .Select(name => $"Authorization header requires '{name}' parameter.")
            .ToArray();
        return missing.Length > 0 || parts.Count > required.Length
            ? Incomplete(string.Join(' ', missing.DefaultIfEmpty("Unknown parameter.")))
            : Build(parts);
    }

    private static (AuthorizationHeader?, AuthenticationFailure?) Build(
        Dictionary<string, string> parts
    )
    {
        if (
            parts["Credential"].Split('/')
            is not [{ Length: > 0 } key, var date, var region, var service, var terminator]
        )
        {
            return Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
            );
        }
        var signedHeaders = parts["SignedHeaders"].Split(';');
        var canonical = signedHeaders
            .Select(name => name.ToLowerInvariant())
            .Distinct()
            .Order(StringComparer.Ordinal);
        if (!canonical.SequenceEqual(signedHeaders))
        {
            return Incomplete("SignedHeaders must be lower case, sorted and without duplicates.");
        }
        var scope = new CredentialScope(date, region, service, terminator);
        return (new AuthorizationHeader(key, scope, signedHeaders, parts["Signature"]), null);
    }

    private static (AuthorizationHeader?, AuthenticationFailure?) Incomplete(string message) =>
        (null, AuthenticationFailure.Incomplete(message));
}
