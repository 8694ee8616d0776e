using System.Globalization;
using System.Net.Sockets;

namespace Buttonize.Benchmarks;

/// <summary>
/// One HTTP/1.1 connection that has one request under way at most. It does what measuring needs and nothing else, so that the
/// generator is never the limit: an HTTP client would take as long as the server it measures.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private int received;

    public LoadConnection(Uri server)
    {
        Socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(server.Host, server.Port);
    }

    public Socket Socket { get; }

    /// <summary>When the request under way should have been sent, in ticks of the stopwatch.</summary>
    public long IntendedAt { get; private set; }

    public void Send(byte[] request, long intendedAt)
    {
        IntendedAt = intendedAt;
        received = 0;
        Socket.Send(request);
    }

    /// <summary>Reads what has arrived.</summary>
    /// <returns>The answer when it is complete.</returns>
    /// <exception cref="CannotMeasureException">The server hung up.</exception>
    public LoadAnswer? Receive()
    {
        var read = Socket.Receive(buffer.AsSpan(received));
        if (read == 0)
        {
            throw new CannotMeasureException("The server closed a connection.");
        }
        received += read;
        var answer = buffer.AsSpan(0, received);
        var headers = answer.IndexOf("\r\n\r\n"u8);
        if (headers < 0)
        {
            return null;
        }
        var body = answer[(headers + 4)..];
        return Length(answer[..headers]) is { } length
            ? Complete(answer, body, body.Length >= length)
            : Complete(answer, body, body.EndsWith("0\r\n\r\n"u8));
    }

    public void Dispose() => Socket.Dispose();

    private static LoadAnswer? Complete(
        ReadOnlySpan<byte> answer,
        ReadOnlySpan<byte> body,
        bool isComplete
    ) => isComplete ? new LoadAnswer(Status(answer), body.Length) : null;

    /// <summary>"HTTP/1.1 200 OK"</summary>
    private static int Status(ReadOnlySpan<byte> answer) =>
        (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + answer[11] - '0';

    /// <returns>Null when the answer comes in chunks.</returns>
    private static int? Length(ReadOnlySpan<byte> headers)
    {
        var name = "Content-Length: "u8;
        var at = headers.IndexOf(name);
        if (at < 0)
        {
            return null;
        }
        var value = headers[(at + name.Length)..];
        var end = value.IndexOf((byte)'\r');
        return int.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
    }
}

internal readonly record struct LoadAnswer(int Status, int BodyLength);
