using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>
/// Stands before one of AWS's services, passes everything on, and keeps what IAM would be asked for each call: actions, and the
/// resources they are on.
/// </summary>
public sealed class RecordedCalls : IAsyncDisposable
{
    private static readonly string[] NotPassedOn =
    [
        "Host",
        "Transfer-Encoding",
        "Connection",
        "Content-Length",
    ];

    private readonly ConcurrentDictionary<(string Action, string Resource), byte> seen = new();
    private readonly Func<string, byte[], IEnumerable<(string Action, string Resource)>> read;
    private readonly HttpClient http;
    private readonly WebApplication app;

    private RecordedCalls(
        Uri target,
        Func<string, byte[], IEnumerable<(string Action, string Resource)>> read
    )
    {
        this.read = read;
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = target };
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(PassAsync);
    }

    public string Address => app.Urls.Single();

    /// <summary>What was asked so far, each once.</summary>
    public IEnumerable<(string Action, string Resource)> Seen => seen.Keys;

    /// <param name="target">The service.</param>
    /// <param name="read">Reads <c>X-Amz-Target</c> and the body of a call.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RecordedCalls> StartAsync(
        Uri target,
        Func<string, byte[], IEnumerable<(string Action, string Resource)>> read,
        CancellationToken cancellationToken
    )
    {
        var calls = new RecordedCalls(target, read);
        await calls.app.StartAsync(cancellationToken);
        return calls;
    }

    /// <summary>
    /// "Actions, resources, and condition keys for Amazon DynamoDB", and "Amazon DynamoDB Transactions: How it works": a transaction needs
    /// the permissions of its parts.
    /// </summary>
    public static IEnumerable<(string Action, string Resource)> OfDynamoDb(
        string target,
        byte[] body
    )
    {
        var request = JsonNode.Parse(body)!.AsObject();
        var operation = target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return operation switch
        {
            "TransactWriteItems" => Parts(request).Select(p => (WriteAction(p.Key), Name(p.Value))),
            "TransactGetItems" => Parts(request).Select(p => ("GetItem", Name(p.Value))),
            "BatchGetItem" or "BatchWriteItem" => request["RequestItems"]!
                .AsObject()
                .Select(t => (operation, t.Key)),
            _ => [(operation, Name(request))],
        };

        static IEnumerable<KeyValuePair<string, JsonNode?>> Parts(JsonObject request) =>
            request["TransactItems"]!.AsArray().SelectMany(item => item!.AsObject());

        static string WriteAction(string part) =>
            part == "ConditionCheck" ? "ConditionCheckItem" : $"{part}Item";

        static string Name(JsonNode? on) =>
            on!["IndexName"] is { } index
                ? $"{on["TableName"]}/index/{index}"
                : on["TableName"]!.GetValue<string>();
    }

    /// <summary>Key, and encryption context, of a call to KMS.</summary>
    public static IEnumerable<(string Action, string Resource)> OfKms(string target, byte[] body)
    {
        var request = JsonNode.Parse(body)!;
        yield return (
            target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..],
            $"{request["KeyId"]} {request["EncryptionContext"]?.ToJsonString()}"
        );
    }

    /// <summary>STS's query protocol. A call with tags or a source identity asks for those as well.</summary>
    public static IEnumerable<(string Action, string Resource)> OfSts(string target, byte[] body)
    {
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(
            System.Text.Encoding.UTF8.GetString(body)
        );
        var (action, role) = (form["Action"].ToString(), form["RoleArn"].ToString());
        yield return (action, role);
        if (form.ContainsKey("Tags.member.1.Key"))
        {
            yield return ("TagSession", role);
        }

        if (form.ContainsKey("SourceIdentity"))
        {
            yield return ("SetSourceIdentity", role);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Request.Headers["X-Amz-Target"].ToString();
        if (context.Request.Path == "/")
        {
            foreach (var call in read(target, body.ToArray()))
            {
                seen.TryAdd(call, 0);
            }
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            context.Request.Path + context.Request.QueryString
        );
        request.Content = new ByteArrayContent(body.ToArray());
        request.Headers.Host = context.Request.Host.Value;
        foreach (var (name, values) in context.Request.Headers)
        {
            if (
                !NotPassedOn.Contains(name, StringComparer.OrdinalIgnoreCase)
                && !request.Headers.TryAddWithoutValidation(name, values.ToArray())
            )
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        using var response = await http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!NotPassedOn.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
