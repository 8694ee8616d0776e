using System.Net;
using System.Net.Sockets;

namespace Buttonize.Local.Processes;

/// <summary>TCP ports of this machine.</summary>
public static class LocalPort
{
    /// <summary>A port that is free at this moment. Another program may take it before it is used.</summary>
    public static int PickFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Makes sure that a port can be listened on.</summary>
    /// <param name="port">The port.</param>
    /// <param name="neededBy">Who needs it, such as "control plane".</param>
    /// <param name="option">The option that chooses another.</param>
    /// <exception cref="StartFailedException">It is taken, or may not be used.</exception>
    public static void RequireFree(int port, string neededBy, string option)
    {
        if (
            IsFree(IPAddress.Loopback, port)
            && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port))
        )
        {
            return;
        }

        throw new StartFailedException(
            $"Port {port}, which the {neededBy} needs, is taken: stop what listens on it, or choose another with {option} <port>."
        );
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // No such address on this machine (IPv6 switched off), so nobody can be in the way on it.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
