using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>What a network between two programs can do.</summary>
public enum TcpFault
{
    /// <summary>Everything passes.</summary>
    None,

    /// <summary>Nobody listens.</summary>
    Refused,

    /// <summary>Connections are accepted and never answered.</summary>
    Silent,

    /// <summary>Every answer comes later than anybody waits.</summary>
    Slow,

    /// <summary>Connections are reset as soon as something is sent.</summary>
    Reset,
}

/// <summary>A wire with faults on demand, between the control plane and what it depends on.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Uri target;
    private readonly ConcurrentDictionary<Socket, byte> open = new();
    private readonly CancellationTokenSource stopped = new();
    private readonly int port;
    private TcpListener? listener;
    private int requests;

    public TcpProxy(Uri target, TcpFault fault = TcpFault.None)
    {
        this.target = target;
        listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync(listener);
        Fault = fault;
    }

    public Uri Address => new($"http://127.0.0.1:{port}");

    /// <summary>How late each answer is while it is slow; by default later than anybody waits.</summary>
    public TimeSpan SlowBy { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How many HTTP requests came in.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>What it does from now on; connections that stand are cut.</summary>
    public TcpFault Fault
    {
        get;
        set
        {
            field = value;
            if (value == TcpFault.Refused)
            {
                listener?.Dispose();
                listener = null;
            }
            else if (listener is null)
            {
                listener = new TcpListener(IPAddress.Loopback, port);
                listener.Server.SetSocketOption(
                    SocketOptionLevel.Socket,
                    SocketOptionName.ReuseAddress,
                    true
                );
                listener.Start();
                _ = AcceptAsync(listener);
            }

            foreach (var socket in open.Keys)
            {
                Cut(socket);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener?.Dispose();
        foreach (var socket in open.Keys)
        {
            Cut(socket);
        }
    }

    private async Task AcceptAsync(TcpListener from)
    {
        try
        {
            while (true)
            {
                var socket = await from.AcceptSocketAsync(stopped.Token);
                open.TryAdd(socket, 0);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception ended)
            when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The listener was stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await server.ConnectAsync(target.Host, target.Port, stopped.Token);
            open.TryAdd(server, 0);
            client.NoDelay = true;
            await Task.WhenAny(
                CopyAsync(client, server, isRequest: true),
                CopyAsync(server, client, isRequest: false)
            );
        }
        catch (Exception ended) when (IsEnd(ended))
        {
            // One side has gone.
        }
        finally
        {
            Cut(server);
            Cut(client);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isRequest)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, stopped.Token)) > 0)
            {
                if (isRequest && IsRequestLine(buffer.AsSpan(0, read)))
                {
                    Interlocked.Increment(ref requests);
                }

                switch (Fault)
                {
                    case TcpFault.Silent:
                        continue;
                    case TcpFault.Reset:
                        return;
                    case TcpFault.Slow when !isRequest:
                        await Task.Delay(SlowBy, stopped.Token);
                        break;
                    default:
                        break;
                }

                await to.SendAsync(buffer.AsMemory(0, read), stopped.Token);
            }
        }
        catch (Exception ended) when (IsEnd(ended))
        {
            // One side has gone.
        }
    }

    private static bool IsRequestLine(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("POST "u8) || bytes.StartsWith("GET "u8);

    private static bool IsEnd(Exception ended) =>
        ended is SocketException or ObjectDisposedException or OperationCanceledException;

    private void Cut(Socket socket)
    {
        if (open.TryRemove(socket, out _))
        {
            try
            {
                // With no linger the other side sees a reset, not an orderly end.
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception ended) when (IsEnd(ended))
            {
                // It has ended by itself meanwhile.
            }
            socket.Dispose();
        }
    }
}
