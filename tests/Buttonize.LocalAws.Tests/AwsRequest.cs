using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>A call and how to sign it; written from AWS's description, not from the code under test.</summary>
internal sealed record AwsRequest(string Service, string Target, byte[] Body)
{
    public string Region { get; init; } = "eu-central-1";
    public Credentials? Credentials { get; init; }
    public required DateTimeOffset SignedAt { get; init; }
    public string ContentType { get; init; } = "application/x-www-form-urlencoded; charset=utf-8";

    /// <summary>Signed, like every header that starts with x-amz-.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Headers that are sent and deliberately left out of the signature.</summary>
    public IReadOnlyList<string> Unsigned { get; init; } = [];

    public string SignedMethod { get; init; } = "POST";
    public string? ScopeDate { get; init; }
    public string? ScopeService { get; init; }
    public string Terminator { get; init; } = "aws4_request";

    /// <summary>Done to the message after it was signed.</summary>
    public Action<HttpRequestMessage>? Tamper { get; init; }

    public HttpRequestMessage Sign(Uri server)
    {
        var uri = new Uri(server, Target);
        var message = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Content = new ByteArrayContent(Body),
        };
        var timestamp = SignedAt.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = ContentType,
            ["host"] = uri.Authority,
            ["x-amz-date"] = timestamp,
        };
        if (Credentials!.SessionToken is { } token)
        {
            headers["x-amz-security-token"] = token;
        }
        foreach (var (name, value) in Headers)
        {
            headers[name.ToLowerInvariant()] = value;
        }
        foreach (var (name, value) in headers.Where(header => header.Key != "host"))
        {
            _ =
                message.Headers.TryAddWithoutValidation(name, value)
                || message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        foreach (var name in Unsigned)
        {
            headers.Remove(name);
        }
        message.Headers.TryAddWithoutValidation(
            "Authorization",
            Authorization(uri, headers, timestamp)
        );
        Tamper?.Invoke(message);
        return message;
    }

    private string Authorization(
        Uri uri,
        SortedDictionary<string, string> headers,
        string timestamp
    )
    {
        var signedHeaders = string.Join(';', headers.Keys);
        var path = string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));
        var canonical =
            $"{SignedMethod}\n{path}\n{uri.Query.TrimStart('?')}\n"
            + string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))
            + $"\n{signedHeaders}\n{Hex(SHA256.HashData(Body))}";
        var date = ScopeDate ?? timestamp[..8];
        var service = ScopeService ?? Service;
        var scope = $"{date}/{Region}/{service}/{Terminator}";
        var key = Encoding.UTF8.GetBytes("AWS4" + Credentials!.SecretAccessKey);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
        var hash = Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var signature = Hex(
            HMACSHA256.HashData(
                key,
                Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{hash}")
            )
        );
        return $"AWS4-HMAC-SHA256 Credential={Credentials.AccessKeyId}/{scope}, "
            + $"SignedHeaders={signedHeaders}, Signature={signature}";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
