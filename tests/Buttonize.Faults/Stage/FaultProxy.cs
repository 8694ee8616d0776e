using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Buttonize.Faults.Stage;

/// <summary>A call that came to a proxy.</summary>
/// <param name="At">When, as a timestamp of the stopwatch.</param>
/// <param name="Operation">The operation of AWS's API, such as <c>AssumeRole</c> or <c>PutItem</c>.</param>
/// <param name="IsProof">Whether it proves a role's trust, and so is part of no request for a session.</param>
internal sealed record ProxiedCall(long At, string Operation, bool IsProof);

/// <summary>How a proxy answers instead of what is behind it.</summary>
internal sealed record ProxyAnswer(int Status, string ContentType, string Body)
{
    /// <summary>A fault of STS's own.</summary>
    public static ProxyAnswer StsFailure { get; } =
        new(
            503,
            "text/xml",
            """
            <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code>
            <Message>Service is unable to handle request.</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>
            """
        );

    /// <summary>A fault of DynamoDB's own.</summary>
    public static ProxyAnswer DynamoDbFailure { get; } =
        new(
            500,
            "application/x-amz-json-1.0",
            """{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"}"""
        );
}

/// <summary>Stands before a service of AWS: counts what is asked of it, and answers what a fault wants answered.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const string ProofName = "btnz__trust-probe__";

    private readonly HttpMessageInvoker client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
        }
    );
    private readonly ConcurrentQueue<ProxiedCall> calls = new();
    private readonly string target;
    private readonly WebApplication app;
    private Func<ProxiedCall, ProxyAnswer?>? rule;

    private FaultProxy(Uri target)
    {
        this.target = target.GetLeftPart(UriPartial.Authority);
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        app = builder.Build();
        app.Run(ServeAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<ProxiedCall> Calls => [.. calls];

    public static async Task<FaultProxy> StartAsync(Uri target, CancellationToken cancellationToken)
    {
        var proxy = new FaultProxy(target);
        await proxy.app.StartAsync(cancellationToken);
        proxy.Address = new Uri(proxy.app.Urls.Single());
        return proxy;
    }

    /// <summary>From now on, calls are answered so; null passes a call on, and no rule all of them.</summary>
    public void Answer(Func<ProxiedCall, ProxyAnswer?>? how) => Volatile.Write(ref rule, how);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var call = await ReadAsync(context.Request, context.RequestAborted);
        calls.Enqueue(call);
        if (Volatile.Read(ref rule)?.Invoke(call) is { } answer)
        {
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.ContentType;
            await context.Response.WriteAsync(answer.Body, context.RequestAborted);
            return;
        }

        await context
            .RequestServices.GetRequiredService<IHttpForwarder>()
            .SendAsync(context, target, client, ForwarderRequestConfig.Empty, AsItCame.Instance);
    }

    /// <summary>DynamoDB names the operation in a header, STS in the form.</summary>
    private static async Task<ProxiedCall> ReadAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var at = Stopwatch.GetTimestamp();
        if (request.Headers["X-Amz-Target"].ToString() is { Length: > 0 } dynamoDb)
        {
            return new ProxiedCall(at, dynamoDb.Split('.')[^1], IsProof: false);
        }

        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, Encoding.UTF8, leaveOpen: true);
        var form = QueryHelpers.ParseQuery(await reader.ReadToEndAsync(cancellationToken));
        request.Body.Position = 0;
        return new ProxiedCall(
            at,
            form.TryGetValue("Action", out var action) ? action.ToString() : request.Method,
            form.TryGetValue("RoleSessionName", out var name)
                && name.ToString().StartsWith(ProofName, StringComparison.Ordinal)
        );
    }

    /// <summary>Passes on all headers, <c>Host</c> as well: the signature is over them.</summary>
    private sealed class AsItCame : HttpTransformer
    {
        public static AsItCame Instance { get; } = new();

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await base.TransformRequestAsync(
                httpContext,
                proxyRequest,
                destinationPrefix,
                cancellationToken
            );
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;
        }
    }
}
