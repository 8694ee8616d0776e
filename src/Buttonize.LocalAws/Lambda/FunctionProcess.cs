using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Buttonize.LocalAws.Lambda;

/// <summary>Runs a function's command: one process per invocation, ended with all its children when its time is up.</summary>
internal sealed class FunctionProcess(TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>Largest answer of a synchronous invocation, bytes ("Lambda quotas": 6 MB).</summary>
    public const int MaxPayload = 6 * 1024 * 1024;

    /// <summary>How much of the log a call can ask for, bytes (Invoke, LogType).</summary>
    private const int MaxLogTail = 4096;

    /// <summary>What a command gets of this program's environment: enough to be found and started, and no credentials.</summary>
    private static readonly string[] Inherited = ["PATH", "SystemRoot"];

    /// <remarks>A caller that hangs up does not stop the function, as in AWS; the end of this program does.</remarks>
    public async Task<FunctionRun> RunAsync(
        LambdaFunction function,
        byte[] payload,
        string requestId
    )
    {
        using var timeout = new CancellationTokenSource(function.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            lifetime.ApplicationStopping
        );
        using var process = new Process { StartInfo = StartInfo(function.Command) };
        var log = new Tail(MaxLogTail);
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            var reason = $"RequestId: {requestId} Error: {exception.Message}";
            return Failure(reason, "Runtime.InvalidEntrypoint", log);
        }
        try
        {
            return await TalkAsync(process, payload, requestId, log, either.Token);
        }
        catch (OperationCanceledException)
        {
            return Failure(TimedOut(function, requestId), "Sandbox.Timedout", log);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static string TimedOut(LambdaFunction function, string requestId)
    {
        var seconds = function.Timeout.TotalSeconds.ToString("F2", CultureInfo.InvariantCulture);
        return $"RequestId: {requestId} Error: Task timed out after {seconds} seconds";
    }

    private static async Task<FunctionRun> TalkAsync(
        Process process,
        byte[] payload,
        string requestId,
        Tail log,
        CancellationToken cancellationToken
    )
    {
        var writing = WriteAsync(process, payload, cancellationToken);
        var logging = log.FillAsync(process.StandardError.BaseStream, cancellationToken);
        var answer = await ReadAsync(process.StandardOutput.BaseStream, cancellationToken);
        await Task.WhenAll(writing, logging, process.WaitForExitAsync(cancellationToken));
        if (process.ExitCode != 0)
        {
            return Failure(
                $"RequestId: {requestId} Error: Runtime exited with error: exit status {process.ExitCode}",
                "Runtime.ExitError",
                log
            );
        }
        if (answer is null)
        {
            return Failure(
                $"Response payload size exceeded maximum allowed payload size ({MaxPayload} bytes).",
                "Function.ResponseSizeTooLarge",
                log
            );
        }
        return EventJson.IsValid(answer)
            ? new FunctionRun(answer, Failed: false, log.Content)
            : Failure("The function's answer is not JSON.", "Runtime.MarshalError", log);
    }

    private static async Task WriteAsync(
        Process process,
        byte[] payload,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(payload, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A function need not read its event.
        }
    }

    /// <returns>Null when there is too much of it; it is read to the end all the same, so that the process can end.</returns>
    private static async Task<byte[]?> ReadAsync(Stream output, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var tooLarge = false;
        int read;
        while ((read = await output.ReadAsync(chunk, cancellationToken)) > 0)
        {
            tooLarge |= buffer.Length + read > MaxPayload;
            if (!tooLarge)
            {
                buffer.Write(chunk, 0, read);
            }
        }
        return tooLarge ? null : buffer.ToArray();
    }

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> command)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                info.Environment[name] = value;
            }
        }
        return info;
    }

    private static FunctionRun Failure(string message, string type, Tail log) =>
        new(
            JsonSerializer.SerializeToUtf8Bytes(new { errorMessage = message, errorType = type }),
            Failed: true,
            log.Content
        );

    /// <summary>The last bytes of a stream of any length.</summary>
    private sealed class Tail(int size)
    {
        private byte[] kept = [];

        public byte[] Content => kept;

        public async Task FillAsync(Stream stream, CancellationToken cancellationToken)
        {
            var chunk = new byte[size];
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
            {
                var all = kept.Concat(chunk.Take(read)).ToArray();
                kept = all[Math.Max(0, all.Length - size)..];
            }
        }
    }
}
