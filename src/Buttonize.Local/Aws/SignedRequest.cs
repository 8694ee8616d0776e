using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.Local.Aws;

/// <summary>
/// AWS Signature Version 4 for the one kind of request that the tour sends: a POST with a JSON body and no
/// query. It is what the browser does with the session it was given.
/// </summary>
internal static class SignedRequest
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds date, session token and signature to a request.</summary>
    public static void Sign(
        HttpRequestMessage request,
        byte[] body,
        AwsKeys keys,
        string region,
        string service,
        DateTimeOffset now
    )
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = time[..8];
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = "application/json",
            ["host"] = request.RequestUri!.Authority,
            ["x-amz-date"] = time,
        };
        if (keys.SessionToken is { } sessionToken)
        {
            headers["x-amz-security-token"] = sessionToken;
        }

        var names = string.Join(';', headers.Keys);
        var canonical = string.Join(
            '\n',
            request.Method.Method,
            // Of all services but S3, segments are encoded once more than they are sent.
            string.Join(
                '/',
                request.RequestUri.AbsolutePath.Split('/').Select(Uri.EscapeDataString)
            ),
            "",
            string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n")),
            names,
            Hex(SHA256.HashData(body))
        );
        var scope = $"{date}/{region}/{service}/aws4_request";
        var toSign = string.Join(
            '\n',
            Algorithm,
            time,
            scope,
            Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))
        );
        var signature = Hex(Hmac(SigningKey(keys, date, region, service), toSign));

        request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers)
        {
            var target =
                name == "content-type"
                    ? request.Content.Headers
                    : (System.Net.Http.Headers.HttpHeaders)request.Headers;
            target.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
    }

    private static byte[] SigningKey(AwsKeys keys, string date, string region, string service)
    {
        var key = Hmac(Encoding.UTF8.GetBytes("AWS4" + keys.SecretAccessKey), date);
        return Hmac(Hmac(Hmac(key, region), service), "aws4_request");
    }

    private static byte[] Hmac(byte[] key, string text) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
