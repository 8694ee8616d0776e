using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>How a call is answered instead of by the STS behind.</summary>
public abstract record StsReply
{
    /// <summary>With an error of STS.</summary>
    public sealed record Fault(string Code, int Status) : StsReply;

    /// <summary>By the STS behind, with another <c>PackedPolicySize</c>.</summary>
    public sealed record Packed(int Percent) : StsReply;

    /// <summary>Not at all, until the caller gives up.</summary>
    public sealed record Hang : StsReply;

    /// <summary>With the end of the connection.</summary>
    public sealed record Drop : StsReply;
}

/// <summary>
/// Stands before a local AWS: keeps what was asked of STS, whose trail has no parameters of what it refused, and answers the calls
/// that a test chooses.
/// </summary>
public sealed partial class StsProxy : IAsyncDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentDictionary<string, Func<StsCall, StsReply?>> rules = new(
        StringComparer.Ordinal
    );
    private readonly List<StsCall> calls = [];
    private readonly ConcurrentDictionary<string, bool> headers = new(
        StringComparer.OrdinalIgnoreCase
    );
    private readonly Uri target;
    private readonly WebApplication app;

    private StsProxy(Uri target)
    {
        this.target = target;
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(ServeAsync);
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<StsProxy> StartAsync(Uri target, CancellationToken cancellationToken)
    {
        var proxy = new StsProxy(target);
        await proxy.app.StartAsync(cancellationToken);
        proxy.Address = new Uri(proxy.app.Urls.Single());
        return proxy;
    }

    /// <summary>The names of all headers that came.</summary>
    public ICollection<string> HeaderNames => headers.Keys;

    /// <summary>What is asked for this role is answered so from now on; null passes it on.</summary>
    public void Answer(string roleArn, Func<StsCall, StsReply?> rule) => rules[roleArn] = rule;

    /// <summary>What is asked for this role is passed on again.</summary>
    public void PassOn(string roleArn) => rules.TryRemove(roleArn, out _);

    /// <summary>The <c>AssumeRole</c> calls for a role so far, in their order.</summary>
    public IReadOnlyList<StsCall> Calls(string roleArn)
    {
        lock (calls)
        {
            return [.. calls.Where(c => c.RoleArn == roleArn)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        foreach (var name in context.Request.Headers.Keys)
        {
            headers[name] = true;
        }

        if (
            context.Request.Path != "/"
            || StsCall.TryParse(body.ToArray()) is not { Action: "AssumeRole" } call
        )
        {
            await PassOnAsync(context, body.ToArray(), call: null, answer => answer);
            return;
        }

        lock (calls)
        {
            call = call with { Index = calls.Count(c => c.RoleArn == call.RoleArn) };
            calls.Add(call);
        }

        switch (rules.GetValueOrDefault(call.RoleArn)?.Invoke(call))
        {
            case StsReply.Fault fault:
                call.Status = fault.Status;
                context.Response.StatusCode = fault.Status;
                context.Response.ContentType = "text/xml";
                await context.Response.WriteAsync(Xml(fault), context.RequestAborted);
                break;
            case StsReply.Hang:
                await UntilGivenUpAsync(context);
                break;
            case StsReply.Drop:
                context.Abort();
                break;
            case StsReply.Packed packed:
                await PassOnAsync(
                    context,
                    body.ToArray(),
                    call,
                    answer => PackedPolicySize().Replace(answer, $"{packed.Percent:D}")
                );
                break;
            default:
                await PassOnAsync(context, body.ToArray(), call, answer => answer);
                break;
        }
    }

    /// <summary>With all headers, <c>Host</c> among them: the signature is over them.</summary>
    private async Task PassOnAsync(
        HttpContext context,
        byte[] body,
        StsCall? call,
        Func<string, string> change
    )
    {
        var (sent, cancellationToken) = (context.Request, context.RequestAborted);
        using var request = new HttpRequestMessage(
            new HttpMethod(sent.Method),
            new Uri(target, $"{sent.Path}{sent.QueryString}")
        )
        {
            Content = new ByteArrayContent(body),
        };
        foreach (var (name, values) in sent.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var answer = await http.SendAsync(request, cancellationToken);
        call?.Status = (int)answer.StatusCode;
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        if (answer.StatusCode != HttpStatusCode.NoContent)
        {
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            await context.Response.WriteAsync(change(text), cancellationToken);
        }
    }

    private async Task UntilGivenUpAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            app.Lifetime.ApplicationStopping
        );
        var givenUp = new TaskCompletionSource();
        await using var _ = either.Token.Register(givenUp.SetResult);
        await givenUp.Task;
    }

    private static string Xml(StsReply.Fault fault)
    {
        XNamespace ns = "https://sts.amazonaws.com/doc/2011-06-15/";
        return new XElement(
            ns + "ErrorResponse",
            new XElement(
                ns + "Error",
                new XElement(ns + "Type", fault.Status < 500 ? "Sender" : "Receiver"),
                new XElement(ns + "Code", fault.Code),
                new XElement(ns + "Message", "As the test asked.")
            ),
            new XElement(ns + "RequestId", Guid.NewGuid())
        ).ToString();
    }

    [GeneratedRegex("(?<=<PackedPolicySize>)[0-9]+(?=</PackedPolicySize>)")]
    private static partial Regex PackedPolicySize();
}
