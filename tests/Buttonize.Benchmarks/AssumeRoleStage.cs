using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Buttonize.LocalAws.Tests;

namespace Buttonize.Benchmarks;

/// <summary>A customer's role in local AWS, and AssumeRole requests for it as the control plane sends them.</summary>
internal static class AssumeRoleStage
{
    private const string CallerAccount = "081205402391";
    private const string RoleArn = "arn:aws:iam::123456789012:role/Demo-ExecutionRole";
    private const string ExternalId = "external-id-of-a-benchmark-0123456789";

    private static readonly Credentials Caller = new("AKIAIOSFODNN7EXAMPLE", "caller/Secret+Key");

    public static async Task PutAsync(Uri server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        http.BaseAddress = server;
        var principal = new
        {
            secretAccessKey = Caller.SecretAccessKey,
            accountId = CallerAccount,
            arn = $"arn:aws:iam::{CallerAccount}:user/control-plane",
        };
        var role = new
        {
            roleArn = RoleArn,
            trustPolicy = TrustPolicy(),
            policies = Array.Empty<object>(),
        };
        foreach (
            var (path, body) in new (string, object)[]
            {
                ($"_local/principals/{Caller.AccessKeyId}", principal),
                ("_local/roles", role),
            }
        )
        {
            using var answer = await http.PutAsJsonAsync(
                path,
                body,
                JsonSerializerOptions.Default,
                cancellationToken
            );
            if (!answer.IsSuccessStatusCode)
            {
                var reason = await answer.Content.ReadAsStringAsync(cancellationToken);
                throw new CannotMeasureException($"Local AWS refuses PUT /{path}: {reason}");
            }
        }
    }

    /// <summary>Whole HTTP requests, one per user; their signatures are good for five minutes.</summary>
    public static IReadOnlyList<byte[]> Requests(Uri server, int users) =>
        [.. Enumerable.Range(0, users).Select(user => Request(server, user))];

    private static object TrustPolicy()
    {
        var principal = new { AWS = $"arn:aws:iam::{CallerAccount}:root" };
        var externalId = new Dictionary<string, string> { ["sts:ExternalId"] = ExternalId };
        return new
        {
            Version = "2012-10-17",
            Statement = new object[]
            {
                new
                {
                    Effect = "Allow",
                    Principal = principal,
                    Action = "sts:AssumeRole",
                    Condition = new { StringEquals = externalId },
                },
                new
                {
                    Effect = "Allow",
                    Principal = principal,
                    Action = new[] { "sts:TagSession", "sts:SetSourceIdentity" },
                },
            },
        };
    }

    private static byte[] Request(Uri server, int user)
    {
        var form = Parameters(user)
            .Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}");
        var signed = new AwsRequest("sts", "/", Encoding.UTF8.GetBytes(string.Join('&', form)))
        {
            Credentials = Caller,
            SignedAt = TimeProvider.System.GetUtcNow(),
            Headers = new()
            {
                ["amz-sdk-invocation-id"] = $"{Guid.NewGuid()}",
                ["amz-sdk-request"] = "attempt=1; max=1",
            },
        };
        using var message = signed.Sign(server);
        var lines = new List<string>
        {
            "POST / HTTP/1.1",
            $"Host: {server.Authority}",
            $"Content-Length: {signed.Body.Length}",
        };
        foreach (var (name, values) in message.Headers.Concat(message.Content!.Headers))
        {
            lines.Add($"{name}: {string.Join(',', values)}");
        }
        lines.AddRange("", "");
        return [.. Encoding.ASCII.GetBytes(string.Join("\r\n", lines)), .. signed.Body];
    }

    private static IEnumerable<KeyValuePair<string, string>> Parameters(int user)
    {
        var userId = $"V1StGXR8_Z5jdHi6{user:00000}";
        var name = $"btnz__{userId}__jane.doe-example.com";
        (string Key, string Value)[] tags =
        [
            ("buttonize-app-id", "Uakgb_J5m9g-0JDMbcJqL"),
            ("buttonize-local-development", "false"),
            ("buttonize-user-id", userId),
            ("buttonize-organization-id", "NhbB4XWzoGx1m0sMHyVCm"),
            ("buttonize-user-name", "jane.doe@example.com"),
        ];
        return
        [
            new("Action", "AssumeRole"),
            new("Version", "2011-06-15"),
            new("RoleArn", RoleArn),
            new("RoleSessionName", name),
            new("SourceIdentity", name),
            new("ExternalId", ExternalId),
            new("DurationSeconds", "900"),
            .. tags.SelectMany((tag, index) => Tag(index + 1, tag.Key, tag.Value)),
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> Tag(
        int number,
        string key,
        string value
    ) =>
        [
            new($"Tags.member.{number}.Key", key),
            new($"Tags.member.{number}.Value", value),
            new($"TransitiveTagKeys.member.{number}", key),
        ];
}
