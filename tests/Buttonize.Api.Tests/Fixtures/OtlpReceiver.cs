using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A span as it was sent.</summary>
/// <param name="Attributes">By name; numbers as text.</param>
/// <param name="StatusCode">0 unset, 1 ok, 2 error.</param>
public sealed record ReceivedSpan(
    string TraceId,
    string SpanId,
    string ParentSpanId,
    string TraceState,
    string Name,
    int Kind,
    IReadOnlyDictionary<string, string> Attributes,
    int StatusCode,
    string StatusMessage,
    IReadOnlyDictionary<string, string> Resource
);

/// <summary>
/// What an OpenTelemetry collector is to the program that sends to it: OTLP over HTTP in protobuf. It reads as much of the messages
/// as the tests ask for (opentelemetry-proto, trace/v1 and metrics/v1), and keeps all bytes.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body, string Headers)> requests = new();
    private WebApplication? app;

    public Uri Address { get; private set; } = null!;

    /// <summary>How many requests came.</summary>
    public int Requests => requests.Count;

    /// <summary>The spans so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans =>
        [.. requests.Where(r => r.Path == "/v1/traces").SelectMany(r => SpansOf(r.Body))];

    /// <summary>The names of the metrics so far.</summary>
    public IReadOnlyCollection<string> MetricNames =>
        [
            .. requests
                .Where(r => r.Path == "/v1/metrics")
                .SelectMany(r => All(r.Body, 1, 2, 2))
                .Select(metric => Text(metric, 1))
                .Distinct(),
        ];

    /// <summary>The headers of the requests.</summary>
    public IReadOnlyCollection<string> Headers => [.. requests.Select(r => r.Headers)];

    /// <summary>Whether a text is anywhere in what came, as an attribute's value or elsewhere.</summary>
    public bool HasSeen(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return requests.Any(r => r.Body.AsSpan().IndexOf(bytes) >= 0);
    }

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var receiver = new OtlpReceiver();
        var builder = WebApplication.CreateSlimBuilder([
            "--hostBuilder:reloadConfigOnChange=false",
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        receiver.app = builder.Build();
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync(cancellationToken);
        receiver.Address = new Uri(receiver.app.Urls.Single());
        return receiver;
    }

    public ValueTask DisposeAsync() => app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        requests.Enqueue(
            (
                context.Request.Path.ToString(),
                body.ToArray(),
                string.Join('\n', context.Request.Headers.Select(h => $"{h.Key}: {h.Value}"))
            )
        );
        context.Response.ContentType = "application/x-protobuf";
    }

    private static IEnumerable<ReceivedSpan> SpansOf(byte[] request) =>
        from resourceSpans in All(request, 1)
        let resource = Attributes(All(resourceSpans, 1, 1))
        from span in All(resourceSpans, 2, 2)
        let status = All(span, 15).FirstOrDefault() ?? []
        select new ReceivedSpan(
            Hex(span, 1),
            Hex(span, 2),
            Hex(span, 4),
            Text(span, 3),
            Text(span, 5),
            (int)Number(span, 6),
            Attributes(All(span, 9)),
            (int)Number(status, 3),
            Text(status, 2),
            resource
        );

    private static Dictionary<string, string> Attributes(IEnumerable<byte[]> pairs) =>
        pairs.ToDictionary(
            pair => Text(pair, 1),
            pair => ValueOf(All(pair, 2).FirstOrDefault() ?? []),
            StringComparer.Ordinal
        );

    /// <summary>An <c>AnyValue</c>: text, or a number.</summary>
    private static string ValueOf(byte[] value) =>
        All(value, 1).Any() ? Text(value, 1) : $"{Number(value, 3)}";

    private static string Hex(byte[] message, int field) =>
        Convert.ToHexStringLower(All(message, field).FirstOrDefault() ?? []);

    private static string Text(byte[] message, int field) =>
        Encoding.UTF8.GetString(All(message, field).FirstOrDefault() ?? []);

    private static ulong Number(byte[] message, int field) =>
        Fields(message).FirstOrDefault(f => f.Number == field).Value;

    /// <summary>The messages (or texts, or bytes) at a path of field numbers, repeated ones included.</summary>
    private static IEnumerable<byte[]> All(byte[] message, params int[] path) =>
        path.Aggregate(
            (IEnumerable<byte[]>)[message],
            (messages, field) =>
                messages.SelectMany(m =>
                    Fields(m)
                        .Where(f => f.Number == field && f.Bytes is not null)
                        .Select(f => f.Bytes!)
                )
        );

    /// <summary>The fields of a protobuf message.</summary>
    private static List<(int Number, ulong Value, byte[]? Bytes)> Fields(byte[] message)
    {
        var (fields, at) = (new List<(int, ulong, byte[]?)>(), 0);
        while (at < message.Length)
        {
            var tag = VarInt(message, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    fields.Add((number, VarInt(message, ref at), null));
                    break;
                case 1:
                    fields.Add(
                        (number, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), null)
                    );
                    at += 8;
                    break;
                case 2:
                    var length = (int)VarInt(message, ref at);
                    fields.Add((number, 0, message[at..(at + length)]));
                    at += length;
                    break;
                default:
                    fields.Add(
                        (number, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), null)
                    );
                    at += 4;
                    break;
            }
        }

        return fields;
    }

    private static ulong VarInt(byte[] message, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
