using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>
/// Sees every request and answer of a test, notes what is secret in them, and every line the control plane logs. At the end no
/// secret may be in the log: that holds for every test that goes through <see cref="ControlPlane"/>.
/// </summary>
public sealed class SecretWatch : DelegatingHandler, ILogEventSink
{
    private static readonly string[] SecretMembers =
    [
        "externalId",
        "apiKey",
        "secretAccessKey",
        "sessionToken",
        "SecretAccessKey",
        "SessionToken",
        "Token",
    ];

    private static readonly RenderedCompactJsonFormatter Formatter = new();

    private readonly ConcurrentDictionary<string, string> secrets = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> log = new();

    public SecretWatch()
        : base(new SocketsHttpHandler()) { }

    /// <summary>What was logged so far, as it would stand on standard output.</summary>
    public IReadOnlyCollection<string> Log => log;

    /// <summary>The secrets seen so far: value and what it is.</summary>
    public IReadOnlyDictionary<string, string> Secrets => secrets;

    public void Emit(LogEvent logEvent)
    {
        using var line = new StringWriter();
        Formatter.Format(logEvent, line);
        log.Enqueue(line.ToString());
    }

    /// <summary>The names of the secrets that are in the log; never the secrets.</summary>
    public IReadOnlyList<string> Leaks() =>
        [
            .. secrets
                .Where(s => log.Any(line => line.Contains(s.Key, StringComparison.Ordinal)))
                .Select(s => s.Value),
        ];

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (request.Headers.Authorization?.Parameter is { Length: > 8 } token)
        {
            Note(token, "bearer token");
        }

        await NoteBodyAsync(request.Content, cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        await NoteBodyAsync(response.Content, cancellationToken);
        return response;
    }

    private async Task NoteBodyAsync(HttpContent? content, CancellationToken cancellationToken)
    {
        if (
            content?.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal)
            != true
        )
        {
            return;
        }

        try
        {
            Find(JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken)));
        }
        catch (Exception notJson)
            when (notJson
                    is System.Text.Json.JsonException
                        or ArgumentException
                        or InvalidOperationException
            )
        {
            // A test of malformed bodies.
        }
    }

    private void Find(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var entry in array)
            {
                Find(entry);
            }
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, value) in members)
            {
                if (
                    SecretMembers.Contains(name, StringComparer.Ordinal)
                    && value is JsonValue text
                    && text.TryGetValue<string>(out var s)
                )
                {
                    Note(s, name);
                }
                else
                {
                    Find(value);
                }
            }
        }
    }

    private void Note(string secret, string what)
    {
        if (secret.Length >= 16)
        {
            secrets.TryAdd(secret, what);
        }
    }
}
