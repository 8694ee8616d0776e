using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>A call and how to sign it; written from AWS's description, not from the code under test.</summary>
internal sealed record AwsRequest(string Service, string Target, byte[] Body)
{
    public string Method { get; init; } = "POST";
    public string Region { get; init; } = "eu-central-1";
    public Credentials? Credentials { get; init; }
    public required DateTimeOffset SignedAt { get; init; }

    /// <summary>Null for none, as in presigned calls.</summary>
    public string? ContentType { get; init; } = "application/x-www-form-urlencoded; charset=utf-8";

    /// <summary>Leaves X-Amz-Date out, so that a Date among the headers has to do.</summary>
    public bool DateHeader { get; init; }

    /// <summary>Signed, like every header that starts with x-amz-.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Headers that are sent and deliberately left out of the signature.</summary>
    public IReadOnlyList<string> Unsigned { get; init; } = [];

    public string? SignedMethod { get; init; }
    public string? ScopeDate { get; init; }
    public string? ScopeService { get; init; }
    public string Terminator { get; init; } = "aws4_request";

    /// <summary>Parameters in place of those that a presigned call has by itself; with null, left out.</summary>
    public Dictionary<string, string?> Parameters { get; init; } = [];

    /// <summary>Done to the message after it was signed.</summary>
    public Action<HttpRequestMessage>? Tamper { get; init; }

    private string Timestamp =>
        SignedAt.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private string Scope =>
        $"{ScopeDate ?? Timestamp[..8]}/{Region}/{ScopeService ?? Service}/{Terminator}";

    /// <summary>With the signature in the Authorization header.</summary>
    public HttpRequestMessage Sign(Uri server)
    {
        var uri = new Uri(server, Target);
        var headers = SentHeaders(uri);
        if (!DateHeader)
        {
            headers.TryAdd("x-amz-date", Timestamp);
        }
        if (Credentials!.SessionToken is { } token)
        {
            headers["x-amz-security-token"] = token;
        }
        var message = Message(uri, headers);
        foreach (var name in Unsigned)
        {
            headers.Remove(name);
        }
        message.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={Credentials.AccessKeyId}/{Scope}, "
                + $"SignedHeaders={string.Join(';', headers.Keys)}, "
                + $"Signature={Signature(uri, CanonicalQuery(Pairs(uri)), headers)}"
        );
        Tamper?.Invoke(message);
        return message;
    }

    /// <summary>With the signature in the query string.</summary>
    public HttpRequestMessage Presign(Uri server)
    {
        var uri = new Uri(server, Target);
        var headers = SentHeaders(uri);
        var message = Message(uri, headers);
        foreach (var name in Unsigned)
        {
            headers.Remove(name);
        }
        var parameters = new Dictionary<string, string?>
        {
            ["X-Amz-Algorithm"] = "AWS4-HMAC-SHA256",
            ["X-Amz-Credential"] = $"{Credentials!.AccessKeyId}/{Scope}",
            ["X-Amz-Date"] = Timestamp,
            ["X-Amz-Expires"] = "60",
            ["X-Amz-SignedHeaders"] = string.Join(';', headers.Keys),
            ["X-Amz-Security-Token"] = Credentials.SessionToken,
        };
        foreach (var (name, value) in Parameters)
        {
            parameters[name] = value;
        }
        var query = CanonicalQuery([
            .. Pairs(uri),
            .. parameters
                .Where(pair => pair.Value is not null && pair.Key != "X-Amz-Signature")
                .Select(pair => (pair.Key, pair.Value!)),
        ]);
        var signature = Parameters.GetValueOrDefault(
            "X-Amz-Signature",
            Signature(uri, query, headers)
        );
        var last = signature is null ? "" : $"&X-Amz-Signature={signature}";
        message.RequestUri = new Uri(uri, $"{uri.AbsolutePath}?{query}{last}");
        Tamper?.Invoke(message);
        return message;
    }

    private SortedDictionary<string, string> SentHeaders(Uri uri)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = uri.Authority,
        };
        if (ContentType is not null)
        {
            headers["content-type"] = ContentType;
        }
        foreach (var (name, value) in Headers)
        {
            headers[name.ToLowerInvariant()] = value;
        }
        return headers;
    }

    private HttpRequestMessage Message(Uri uri, SortedDictionary<string, string> headers)
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), uri)
        {
            Content = Body.Length == 0 && ContentType is null ? null : new ByteArrayContent(Body),
        };
        foreach (var (name, value) in headers.Where(header => header.Key != "host"))
        {
            _ =
                message.Headers.TryAddWithoutValidation(name, value)
                || message.Content!.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    private string Signature(
        Uri uri,
        string canonicalQuery,
        SortedDictionary<string, string> headers
    )
    {
        var path = string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));
        var canonical =
            $"{SignedMethod ?? Method}\n{path}\n{canonicalQuery}\n"
            + string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))
            + $"\n{string.Join(';', headers.Keys)}\n{Hex(SHA256.HashData(Body))}";
        return Signature(Credentials!.SecretAccessKey, Scope, Timestamp, canonical);
    }

    public static string Signature(
        string secretAccessKey,
        string scope,
        string timestamp,
        string canonical
    )
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretAccessKey);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
        var hash = Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        return Hex(
            HMACSHA256.HashData(
                key,
                Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hash}")
            )
        );
    }

    private static IEnumerable<(string Name, string Value)> Pairs(Uri uri) =>
        uri
            .Query.TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair =>
                (
                    Uri.UnescapeDataString(pair[0]),
                    Uri.UnescapeDataString(pair.ElementAtOrDefault(1) ?? "")
                )
            );

    private static string CanonicalQuery(IEnumerable<(string Name, string Value)> pairs) =>
        string.Join(
            '&',
            pairs
                .Select(pair =>
                    $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"
                )
                .Order(StringComparer.Ordinal)
        );

    public static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
