using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>
/// Stands between the control plane and DynamoDB, passes everything on, and calls out at the n-th write: before DynamoDB gets it, or
/// after it has done it and before the control plane hears so.
/// </summary>
public sealed class WriteGate : IAsyncDisposable
{
    private static readonly string[] NotPassedOn =
    [
        "Host",
        "Transfer-Encoding",
        "Connection",
        "Content-Length",
    ];

    private readonly HttpClient dynamoDb;
    private WebApplication? app;
    private int writes;
    private (int Number, bool After, Action Do, bool Updates)? plan;

    private WriteGate(Uri dynamoDb) =>
        this.dynamoDb = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = dynamoDb,
        };

    public Uri Address { get; private set; } = null!;

    public static async Task<WriteGate> StartAsync(
        Uri dynamoDb,
        CancellationToken cancellationToken
    )
    {
        var gate = new WriteGate(dynamoDb);
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        gate.app = builder.Build();
        gate.app.Run(gate.PassAsync);
        await gate.app.StartAsync(cancellationToken);
        gate.Address = new Uri(gate.app.Urls.Single());
        return gate;
    }

    /// <summary>From now on, does something at the n-th write (the first is 1), instead of passing it on or of answering it.</summary>
    /// <param name="number">Which write.</param>
    /// <param name="after">Whether DynamoDB does it first.</param>
    /// <param name="what">What is done.</param>
    /// <param name="updates">Whether updates of single items count as well; what serves renews its lease by those.</param>
    public void At(int number, bool after, Action what, bool updates = false)
    {
        writes = 0;
        plan = (number, after, what, updates);
    }

    /// <summary>Passes everything on again.</summary>
    /// <returns>Whether the plan was carried out.</returns>
    public bool Open()
    {
        var happened = plan is { } p && Volatile.Read(ref writes) >= p.Number;
        plan = null;
        return happened;
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        dynamoDb.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var target = context.Request.Headers["X-Amz-Target"].ToString();
        var isWrite =
            target.Contains("Write", StringComparison.Ordinal)
            || target.Contains("Put", StringComparison.Ordinal)
            || (
                plan is { Updates: true } && target.Contains("UpdateItem", StringComparison.Ordinal)
            );
        var now =
            isWrite && plan is { } p && Interlocked.Increment(ref writes) == p.Number ? plan : null;
        if (now is { After: false } before)
        {
            before.Do();
            context.Abort();
            return;
        }

        using var response = await ForwardAsync(context);
        if (now is { After: true } after)
        {
            await response.Content.LoadIntoBufferAsync();
            after.Do();
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!NotPassedOn.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        await response.Content.CopyToAsync(context.Response.Body);
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            context.Request.Path
        )
        {
            Content = new ByteArrayContent(body.ToArray()),
        };
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

        return await dynamoDb.SendAsync(request, HttpCompletionOption.ResponseContentRead);
    }
}
