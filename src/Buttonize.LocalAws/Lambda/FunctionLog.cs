using System.Globalization;
using System.Text;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// The end of what an invocation logs: the function's standard error, between the lines that Lambda writes itself
/// ("Viewing CloudWatch logs for Lambda functions"). Memory is neither limited nor measured here, so the report says
/// nothing about it.
/// </summary>
internal sealed class FunctionLog
{
    /// <summary>How much of the log a call can ask for, bytes ("Invoke", LogResult: the last 4 KB).</summary>
    private const int MaxLength = 4096;

    private readonly Lock gate = new();
    private readonly byte[] kept = new byte[MaxLength];
    private readonly string requestId;
    private readonly TimeProvider time;
    private readonly long started;
    private int length;

    public FunctionLog(FunctionCall call, TimeProvider time)
    {
        requestId = call.RequestId;
        this.time = time;
        started = time.GetTimestamp();
        Append($"START RequestId: {requestId} Version: {call.Function.Version}\n");
    }

    public async Task FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        var chunk = new byte[MaxLength];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            Append(chunk.AsSpan(0, read));
        }
    }

    /// <returns>The last of it; what comes later is not logged any more.</returns>
    public byte[] End() => End(status: "");

    /// <param name="message">The error's message, with the request's id.</param>
    public byte[] EndWithError(string message, string errorType)
    {
        Append($"{message}\n{errorType}\n");
        return End($"\tStatus: error\tError Type: {errorType}");
    }

    public byte[] EndWithTimeout(string message)
    {
        var now = time.GetUtcNow()
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        Append($"{now} {requestId} {message}\n\n");
        return End("\tStatus: timeout");
    }

    private byte[] End(string status)
    {
        var milliseconds = time.GetElapsedTime(started).TotalMilliseconds;
        var duration = milliseconds.ToString("F2", CultureInfo.InvariantCulture);
        // Every millisecond that is begun is billed (AWS Lambda pricing).
        var billed = Math.Max(1, Math.Ceiling(milliseconds)).ToString(CultureInfo.InvariantCulture);
        Append(
            $"END RequestId: {requestId}\n"
                + $"REPORT RequestId: {requestId}\tDuration: {duration} ms\tBilled Duration: {billed} ms{status}\t\n"
        );
        lock (gate)
        {
            return kept[..length];
        }
    }

    private void Append(string text) => Append(Encoding.UTF8.GetBytes(text));

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            var added = bytes.Length > MaxLength ? bytes[^MaxLength..] : bytes;
            var before = Math.Min(length, MaxLength - added.Length);
            kept.AsSpan(length - before, before).CopyTo(kept);
            added.CopyTo(kept.AsSpan(before));
            length = before + added.Length;
        }
    }
}
