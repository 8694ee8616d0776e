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

/// <summary>
/// What a request says about who signed it, when and what ("Authentication methods", IAM User Guide): in the
/// Authorization header, or in the query string, which is then a presigned call.
/// </summary>
/// <param name="SignedHeaders">In lower case, sorted, each once.</param>
/// <param name="SecurityToken">Null when there is none; an empty one is one.</param>
internal sealed record SentSignature(
    string AccessKeyId,
    CredentialScope Scope,
    IReadOnlyList<string> SignedHeaders,
    string Signature,
    DateTimeOffset SignedAt,
    string? SecurityToken,
    bool Presigned
)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    public override string ToString() => $"{AccessKeyId}/{Scope}";

    /// <returns>The parts, or what AWS says about the first thing that is wrong.</returns>
    public static (SentSignature? Sent, AuthenticationFailure? Failure) Read(
        HttpRequest request,
        IReadOnlyList<QueryPair> query
    )
    {
        var authorization = request.Headers.Authorization;
        var inQuery = query.FirstOrDefault(pair => PresignedQuery.Parameters.Contains(pair.Name));
        if (inQuery is not null)
        {
            return authorization.Count == 0
                ? PresignedQuery.Read(request, query)
                : (
                    null,
                    AuthenticationFailure.Wrong(
                        $"Found both '{inQuery.Name}' as a query-string param and 'Authorization' as HTTP header."
                    )
                );
        }
        if (query.Any(pair => pair.Name is "AWSAccessKeyId" or "SignatureVersion"))
        {
            return Incomplete($"Signature Version 2 is not supported; only '{Algorithm}' is.");
        }
        return authorization.Count switch
        {
            0 => (null, AuthenticationFailure.Missing),
            1 => AuthorizationHeader.Read(request, authorization[0] ?? ""),
            _ => Incomplete("More than one Authorization header."),
        };
    }

    /// <summary>What both forms have in common once their parts are found.</summary>
    public static (SentSignature?, AuthenticationFailure?) Build(
        string credential,
        string signedHeaders,
        string signature,
        DateTimeOffset signedAt,
        string? securityToken,
        bool presigned
    )
    {
        if (
            credential.Split('/')
            is not [{ Length: > 0 } key, var date, var region, var service, var terminator]
        )
        {
            return Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
            );
        }
        var names = signedHeaders.Split(';');
        var canonical = names
            .Select(name => name.ToLowerInvariant())
            .Distinct()
            .Order(StringComparer.Ordinal);
        if (!canonical.SequenceEqual(names))
        {
            return Incomplete("SignedHeaders must be lower case, sorted and without duplicates.");
        }
        var scope = new CredentialScope(date, region, service, terminator);
        return (
            new SentSignature(key, scope, names, signature, signedAt, securityToken, presigned),
            null
        );
    }

    public static (SentSignature?, AuthenticationFailure?) Incomplete(string message) =>
        (null, AuthenticationFailure.Incomplete(message));

    /// <summary>For any other algorithm, SigV4A among them. What was sent is not repeated: it can be another scheme's secret.</summary>
    public static (SentSignature?, AuthenticationFailure?) UnsupportedAlgorithm() =>
        Incomplete($"Unsupported AWS 'algorithm': only '{Algorithm}' is supported.");
}
