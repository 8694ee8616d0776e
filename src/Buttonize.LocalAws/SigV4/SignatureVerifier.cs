using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Buttonize.LocalAws.Iam;
using Microsoft.AspNetCore.Http.Features;

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

/// <summary>Checks Signature Version 4 in the Authorization header, the only way of signing understood here.</summary>
internal sealed partial class SignatureVerifier(KnownKeys keys, TimeProvider time)
{
    /// <summary>"Signatures … within five minutes of the timestamp in the request" (IAM, elements of a SigV4 request).</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string TimestampFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <param name="service">The service that was reached, and that the signature has to be scoped to.</param>
    public Verification Verify(HttpRequest request, ReadOnlySpan<byte> body, string service)
    {
        if (request.Query.Keys.Any(IsPresigned))
        {
            return Refuse(
                AuthenticationFailure.Incomplete(
                    "Query string authentication (a presigned URL) is not supported; use the Authorization header."
                )
            );
        }
        if (request.Headers.Authorization.Count == 0)
        {
            return Refuse(AuthenticationFailure.Missing);
        }
        if (request.Headers.Authorization.Count > 1)
        {
            return Refuse(AuthenticationFailure.Incomplete("More than one Authorization header."));
        }
        var (header, failure) = AuthorizationHeader.Parse(request.Headers.Authorization[0] ?? "");
        if (header is null)
        {
            return Refuse(failure!);
        }
        var region = header.Scope.Region;
        if (keys.Find(header.AccessKeyId, Token(request)) is not { } key)
        {
            return Refuse(AuthenticationFailure.Unknown, region);
        }
        // Before the clock: whoever waited too long should hear about the session, not about a signature.
        if (key.ExpiresAt <= time.GetUtcNow())
        {
            return new Verification(key.Caller, region, AuthenticationFailure.Expired);
        }
        return new Verification(
            key.Caller,
            region,
            CheckScope(request, header, service)
                ?? CheckSignedHeaders(request, header)
                ?? CheckSignature(request, body, header, key)
        );
    }

    private AuthenticationFailure? CheckScope(
        HttpRequest request,
        AuthorizationHeader header,
        string service
    )
    {
        var scope = header.Scope;
        if (!RegionName().IsMatch(scope.Region))
        {
            return AuthenticationFailure.Wrong("Credential should be scoped to a valid region.");
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
        return CheckDate(request, scope);
    }

    private AuthenticationFailure? CheckDate(HttpRequest request, CredentialScope scope)
    {
        if (SignedAt(request) is not { } signedAt)
        {
            return AuthenticationFailure.Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header, in ISO-8601 "
                    + "'basic format'."
            );
        }
        var day = signedAt.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        if (scope.Date != day)
        {
            return AuthenticationFailure.Wrong(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    + $"'{scope.Date}' != '{day}', from '{Text(signedAt)}'."
            );
        }
        var now = time.GetUtcNow();
        // Timestamps have whole seconds; so has the comparison.
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var earliest = now - Tolerance;
        var latest = now + Tolerance;
        if (signedAt < earliest)
        {
            return AuthenticationFailure.Wrong(
                $"Signature expired: {Text(signedAt)} is now earlier than {Text(earliest)} ({Text(now)} - 5 min.)"
            );
        }
        return signedAt > latest
            ? AuthenticationFailure.Wrong(
                $"Signature not yet current: {Text(signedAt)} is still later than {Text(latest)} ({Text(now)} + 5 min.)"
            )
            : null;
    }

    private static AuthenticationFailure? CheckSignedHeaders(
        HttpRequest request,
        AuthorizationHeader header
    )
    {
        if (!header.SignedHeaders.Contains("host"))
        {
            return AuthenticationFailure.Wrong(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
            );
        }
        var unsigned = request
            .Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz-", StringComparison.Ordinal))
            .Append(request.Headers.ContainsKey("x-amz-date") ? "x-amz-date" : "date")
            .FirstOrDefault(name => !header.SignedHeaders.Contains(name));
        return unsigned is null
            ? null
            : AuthenticationFailure.Wrong(
                $"'{unsigned}' must be a 'SignedHeader' in the AWS Authorization."
            );
    }

    private static AuthenticationFailure? CheckSignature(
        HttpRequest request,
        ReadOnlySpan<byte> body,
        AuthorizationHeader header,
        KnownKey key
    )
    {
        var payloadHash = Signature.Hash(body);
        var claimedHash = request.Headers["x-amz-content-sha256"];
        if (claimedHash.Count > 0 && claimedHash.ToString() != payloadHash)
        {
            return AuthenticationFailure.Wrong(
                "The value of 'x-amz-content-sha256' is not the SHA-256 of the body; UNSIGNED-PAYLOAD is not supported."
            );
        }
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>();
        var canonicalRequest = CanonicalRequest.Build(
            request.Method,
            target.RawTarget,
            header.SignedHeaders,
            name => request.Headers[name],
            payloadHash
        );
        var expected = Signature.Compute(
            key.SecretAccessKey,
            header.Scope,
            Text(SignedAt(request)!.Value),
            canonicalRequest
        );
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected),
            Encoding.UTF8.GetBytes(header.Signature)
        )
            ? null
            : AuthenticationFailure.Mismatch;
    }

    private static DateTimeOffset? SignedAt(HttpRequest request)
    {
        var amazonDate = request.Headers["x-amz-date"];
        var text = amazonDate.Count > 0 ? amazonDate.ToString() : request.Headers.Date.ToString();
        string[] formats = amazonDate.Count > 0 ? [TimestampFormat] : [TimestampFormat, "r"];
        return DateTimeOffset.TryParseExact(
            text,
            formats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var parsed
        )
            ? parsed
            : null;
    }

    private static string? Token(HttpRequest request) =>
        request.Headers.TryGetValue("x-amz-security-token", out var values)
            ? values.ToString()
            : null;

    private static bool IsPresigned(string name) =>
        name.StartsWith("X-Amz-", StringComparison.OrdinalIgnoreCase)
        || name is "AWSAccessKeyId" or "Signature";

    private static Verification Refuse(AuthenticationFailure failure, string region = "") =>
        new(Caller: null, region, failure);

    private static string Text(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);

    /// <summary>The shape of a Region's name, such as eu-central-1 or us-gov-west-1; any of that shape exists here.</summary>
    [GeneratedRegex(@"\A[a-z]{2,4}(-[a-z]+)+-[0-9]\z")]
    public static partial Regex RegionName();
}
