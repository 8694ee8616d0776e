using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>Sends bytes as they are, for requests that no HTTP client would make.</summary>
public static class RawHttp
{
    /// <summary>The status and the whole of the answer.</summary>
    public static async Task<(int Status, string Text)> SendAsync(
        Uri address,
        byte[] request,
        CancellationToken cancellationToken
    )
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(request, cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancellationToken);
        return (int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text);
    }

    /// <summary>A JSON request with header lines of its own.</summary>
    public static Task<(int Status, string Text)> PostJsonAsync(
        HttpClient client,
        string path,
        string json,
        string headers,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            client.BaseAddress!,
            Encoding.UTF8.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    + $"Authorization: {client.DefaultRequestHeaders.Authorization}\r\n"
                    + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n{headers}\r\n{json}"
            ),
            cancellationToken
        );
}
