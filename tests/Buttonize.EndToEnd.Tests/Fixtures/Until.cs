using System.Net;
using System.Net.Sockets;

namespace Buttonize.EndToEnd.Tests.Fixtures;

/// <summary>Waits for conditions, never for time.</summary>
public static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Polls until the condition holds, for a minute and a half at most unless told.</summary>
    public static async Task TrueAsync(
        Func<Task<bool>> condition,
        CancellationToken cancellationToken,
        TimeSpan? limit = null
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(limit ?? Limit);
        while (!await condition())
        {
            await Task.Delay(Interval, ended.Token);
        }
    }

    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether somebody listens on a port.</summary>
    public static async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("localhost", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
