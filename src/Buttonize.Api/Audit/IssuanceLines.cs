using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Audit;

/// <summary>Entries as JSON lines: one entry a line, each as in the list, UTF-8.</summary>
internal static class IssuanceLines
{
    /// <summary>The media type of JSON lines.</summary>
    public const string ContentType = "application/x-ndjson";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        Converters = { new JsonTime() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the entries piece by piece: what is in memory at a time is one piece, and each is flushed before the next is read.</summary>
    /// <returns>How many entries were written.</returns>
    public static async Task<long> WriteAsync(
        Stream to,
        IAsyncEnumerable<IReadOnlyList<Issuance>> pieces,
        CancellationToken cancellationToken
    )
    {
        var (lines, written) = (new ArrayBufferWriter<byte>(), 0L);
        await foreach (var piece in pieces.WithCancellation(cancellationToken))
        {
            lines.ResetWrittenCount();
            foreach (var entry in piece)
            {
                lines.Write(JsonSerializer.SerializeToUtf8Bytes(IssuanceResponse.Of(entry), Json));
                lines.Write("\n"u8);
            }

            await to.WriteAsync(lines.WrittenMemory, cancellationToken);
            await to.FlushAsync(cancellationToken);
            written += piece.Count;
        }

        return written;
    }
}
