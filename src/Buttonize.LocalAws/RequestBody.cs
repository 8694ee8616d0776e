namespace Buttonize.LocalAws;

/// <summary>Reads whole bodies, with or without a Content-Length, up to a limit.</summary>
internal static class RequestBody
{
    private const int ChunkLength = 16 * 1024;

    /// <returns>The bytes, or null when there are more than <paramref name="limit"/>.</returns>
    public static async Task<byte[]?> ReadAsync(
        HttpRequest request,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (request.ContentLength > limit)
        {
            return null;
        }
        return request.ContentLength is { } length
            ? await ReadExactlyAsync(request.Body, (int)length, cancellationToken)
            : await ReadToEndAsync(request.Body, limit, cancellationToken);
    }

    private static async Task<byte[]> ReadExactlyAsync(
        Stream stream,
        int length,
        CancellationToken cancellationToken
    )
    {
        if (length == 0)
        {
            return [];
        }
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    private static async Task<byte[]?> ReadToEndAsync(
        Stream stream,
        int limit,
        CancellationToken cancellationToken
    )
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[ChunkLength];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > limit)
            {
                return null;
            }
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }
}
