using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// A request to the byte, where an HTTP client would put it right first. Its characters are the bytes of the same number.
/// </summary>
internal sealed record RawRequest(
    string Method,
    string Target,
    IReadOnlyList<(string Name, string Value)> Headers,
    string Body
)
{
    public static async Task<RawRequest> OfAsync(HttpRequestMessage message)
    {
        var content = message.Content;
        var headers = message.Headers.NonValidated.ToList();
        headers.AddRange(content?.Headers.NonValidated ?? default);
        return new RawRequest(
            message.Method.Method,
            message.RequestUri!.PathAndQuery,
            [
                ("host", message.RequestUri.Authority),
                .. headers
                    .Where(header => header.Key != "Content-Length")
                    .Select(header => (header.Key, header.Value.ToString())),
            ],
            content is null ? "" : Encoding.Latin1.GetString(await content.ReadAsByteArrayAsync())
        );
    }

    /// <returns>The status, or 0 where the connection was dropped; and all that was answered.</returns>
    public async Task<(int Status, string Text)> SendAsync(Uri server)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(Text()), cancellation);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(cancellation);
        var status = answer.Split(' ', 3).ElementAtOrDefault(1);
        return (
            int.TryParse(status, CultureInfo.InvariantCulture, out var code) ? code : 0,
            answer
        );
    }

    private string Text()
    {
        var text = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        foreach (var (name, value) in Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        return text.Append(
                CultureInfo.InvariantCulture,
                $"content-length: {Body.Length}\r\nconnection: close\r\n\r\n{Body}"
            )
            .ToString();
    }
}
