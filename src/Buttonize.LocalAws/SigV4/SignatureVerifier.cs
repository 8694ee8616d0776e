using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.SigV4;

/// <summary>
/// Who signed, and what is wrong if anything. A refused call has a caller too when its key is known, but only as the one
/// whose key was used, not as a proven one.
/// </summary>
internal sealed record Verification(
    Caller? Caller,
    string Region,
    AuthenticationFailure? Failure = null
);

/// <summary>Checks Signature Version 4, in the Authorization header or the query string.</summary>
internal sealed partial class SignatureVerifier(KnownKeys keys, TimeProvider time)
{
    /// <summary>A request must reach AWS within five minutes of its timestamp ("Elements of an AWS API request signature").</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>
    /// For how long STS takes a presigned call, whatever X-Amz-Expires says, which it does not look at. AWS documents neither;
    /// both are as the makers of aws-iam-authenticator and of the AWS SDKs report them. An X-Amz-Expires that was obeyed here
    /// would make a URL look safer than it is.
    /// </summary>
    private static readonly TimeSpan PresignedStsLifetime = TimeSpan.FromMinutes(15);

    /// <param name="service">The service that was reached, and that the signature has to be scoped to.</param>
    public Verification Verify(HttpRequest request, ReadOnlySpan<byte> body, string service)
    {
        var target = RequestTarget.Of(request);
        if (target.Query is null)
        {
            return Refuse(AuthenticationFailure.MalformedQuery);
        }
        var (sent, failure) = SentSignature.Read(request, target.Query);
        if (sent is null)
        {
            return Refuse(failure!);
        }
        var region = sent.Scope.Region;
        if (keys.Find(sent.AccessKeyId, sent.SecurityToken) is not { } key)
        {
            return Refuse(AuthenticationFailure.Unknown, region);
        }
        var now = time.GetUtcNow();
        // Before the clock: whoever waited too long should hear about the session, not about a signature.
        if (key.ExpiresAt <= now)
        {
            return new Verification(key.Caller, region, AuthenticationFailure.Expired);
        }
        var payloadHash = Signature.Hash(body);
        return new Verification(
            key.Caller,
            region,
            CheckScope(sent, service)
                ?? SignatureDate.Check(sent.SignedAt, now, Lifetime(sent, service), Tolerance)
                ?? CheckSignedHeaders(request, sent)
                ?? CheckPayloadHash(request, target.Query, payloadHash)
                ?? CheckSignature(request, target, payloadHash, sent, key)
        );
    }

    private static TimeSpan Lifetime(SentSignature sent, string service) =>
        sent.Presigned && service == StsFrontDoor.Service ? PresignedStsLifetime : Tolerance;

    /// <summary>"Troubleshoot signed requests for AWS APIs", credential scope errors.</summary>
    private static AuthenticationFailure? CheckScope(SentSignature sent, string service)
    {
        var scope = sent.Scope;
        if (!RegionName().IsMatch(scope.Region))
        {
            return AuthenticationFailure.Wrong(
                $"Credential should be scoped to a valid region, not '{scope.Region}'."
            );
        }
        if (scope.Service != service)
        {
            return AuthenticationFailure.Wrong(
                $"Credential should be scoped to correct service: '{service}'."
            );
        }
        if (scope.Terminator != "aws4_request")
        {
            return AuthenticationFailure.Wrong(
                $"Credential should be scoped with a valid terminator: 'aws4_request', not '{scope.Terminator}'."
            );
        }
        var day = SignatureDate.Day(sent.SignedAt);
        return scope.Date == day
            ? null
            : AuthenticationFailure.Wrong(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + $"'{scope.Date}' != '{day}', from '{SignatureDate.Text(sent.SignedAt)}'."
            );
    }

    /// <summary>The host, the date and every x-amz- header have to be signed ("Create a signed AWS API request", canonical headers).</summary>
    private static AuthenticationFailure? CheckSignedHeaders(
        HttpRequest request,
        SentSignature sent
    )
    {
        if (!sent.SignedHeaders.Contains("host"))
        {
            return AuthenticationFailure.Wrong(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
            );
        }
        var unsigned = request
            .Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal))
            .Concat(NeedsDateHeader(request, sent) ? ["date"] : [])
            .FirstOrDefault(name => !sent.SignedHeaders.Contains(name));
        if (unsigned is not null)
        {
            return AuthenticationFailure.Wrong(
                $"'{unsigned}' must be a 'SignedHeader' in the AWS Authorization."
            );
        }
        // An absent header would be signed like an empty one.
        return sent.SignedHeaders.All(request.Headers.ContainsKey)
            ? null
            : AuthenticationFailure.Mismatch;
    }

    private static bool NeedsDateHeader(HttpRequest request, SentSignature sent) =>
        !sent.Presigned && !request.Headers.ContainsKey("x-amz-date");

    /// <summary>"Lambda doesn't support unsigned payloads" (CloudFront Developer Guide, Lambda function URL origins); nor does STS.</summary>
    private static AuthenticationFailure? CheckPayloadHash(
        HttpRequest request,
        IReadOnlyList<QueryPair> query,
        string payloadHash
    )
    {
        var claims = request
            .Headers["x-amz-content-sha256"]
            .Concat(
                query
                    .Where(pair => pair.Name == PresignedQuery.ContentHashParameter)
                    .Select(pair => pair.Value)
            );
        return claims.All(claim => claim == payloadHash)
            ? null
            : AuthenticationFailure.Wrong(
                "The value of 'x-amz-content-sha256' is not the SHA-256 of the body; UNSIGNED-PAYLOAD is not supported."
            );
    }

    private static AuthenticationFailure? CheckSignature(
        HttpRequest request,
        RequestTarget target,
        string payloadHash,
        SentSignature sent,
        KnownKey key
    )
    {
        var canonicalRequest = CanonicalRequest.Build(
            request.Method,
            target.Path,
            target.Query!.Where(pair => pair.Name != PresignedQuery.SignatureParameter),
            sent.SignedHeaders,
            name => request.Headers[name],
            payloadHash
        );
        var expected = Signature.Compute(
            key.SecretAccessKey,
            sent.Scope,
            SignatureDate.Text(sent.SignedAt),
            canonicalRequest
        );
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected),
            Encoding.UTF8.GetBytes(sent.Signature)
        )
            ? null
            : AuthenticationFailure.Mismatch;
    }

    private static Verification Refuse(AuthenticationFailure failure, string region = "") =>
        new(Caller: null, region, failure);

    /// <summary>The shape of a Region's name, such as eu-central-1 or us-gov-west-1; any of that shape exists here.</summary>
    [GeneratedRegex(@"\A[a-z]{2,4}(-[a-z]+)+-[0-9]\z")]
    public static partial Regex RegionName();
}
