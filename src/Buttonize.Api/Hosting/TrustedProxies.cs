using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Buttonize.Api.Hosting;

/// <summary>
/// <c>Buttonize:TrustedProxies</c>: whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count. The header is read from its end, as
/// far as each address that passed it on is one of these; the first that is not is the client, whatever stands before it.
/// </summary>
internal static class TrustedProxies
{
    /// <summary>
    /// The shortest prefix of a network: 10.0.0.0/8 and fd00::/8 are the largest private ones that have uses. 0.0.0.0/0 would trust
    /// every client to say who it is.
    /// </summary>
    private const int ShortestPrefix = 8;

    /// <summary>Says what the framework's middleware is to trust: exactly what is configured, and not its own default, loopback.</summary>
    public static void Apply(ButtonizeOptions options, ForwardedHeadersOptions forwarded)
    {
        // Not the host: links and cookies would follow it, and the signature of no token does.
        forwarded.ForwardedHeaders =
            ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

        // As many as are trusted, one behind the other.
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.TrustedProxies.Select(TryParse).OfType<IPNetwork>())
        {
            forwarded.KnownIPNetworks.Add(network);
        }
    }

    /// <summary>What is wrong with the configuration, one line each.</summary>
    public static IEnumerable<string> Faults(ButtonizeOptions options, IConfiguration configuration)
    {
        foreach (var proxy in options.TrustedProxies)
        {
            switch (TryParse(proxy))
            {
                case null:
                    yield return $"Buttonize:TrustedProxies has '{proxy}'; write an address such as 10.0.3.7 or a network such as 10.0.0.0/16, IPv4 ones without ::ffff: before them.";
                    break;
                case { PrefixLength: < ShortestPrefix }:
                    yield return $"Buttonize:TrustedProxies has '{proxy}', which lets too many clients say who they are; name the proxies' own addresses or networks (/{ShortestPrefix} at the largest).";
                    break;
            }
        }

        // The framework's own switch, which trusts whoever connects.
        if (configuration.GetValue<bool>("ForwardedHeaders_Enabled"))
        {
            yield return "ASPNETCORE_FORWARDEDHEADERS_ENABLED is on, which lets every client say who it is; take it out, and name the proxies in Buttonize:TrustedProxies.";
        }
    }

    /// <summary>An address is a network of one.</summary>
    private static IPNetwork? TryParse(string proxy)
    {
        if (!proxy.Contains('/', StringComparison.Ordinal))
        {
            // "10" and "0x0a.1" are addresses to .NET, and typing errors to everybody else.
            return
                IPAddress.TryParse(proxy, out var address)
                && (
                    address.AddressFamily == AddressFamily.InterNetworkV6
                    || address.ToString() == proxy
                )
                && !address.IsIPv4MappedToIPv6
                ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
                : null;
        }

        return IPNetwork.TryParse(proxy, out var network) && !network.BaseAddress.IsIPv4MappedToIPv6
            ? network
            : null;
    }
}
