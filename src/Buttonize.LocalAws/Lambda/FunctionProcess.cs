using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Buttonize.LocalAws.Lambda;

/// <summary>
/// Runs a function's command: one process per invocation. When it ends or its time is up, whatever it started ends too.
/// </summary>
internal sealed class FunctionProcess(TimeProvider time)
{
    /// <summary>
    /// Largest answer of a synchronous invocation, bytes ("Lambda quotas": 6 MB); AWS's own message has these hundred bytes
    /// more than the limit of a request.
    /// </summary>
    public const int MaxPayload = (6 * 1024 * 1024) + 100;

    private const string ExitError = "Runtime.ExitError";

    /// <param name="ending">Kills the function.</param>
    public async Task<FunctionRun> RunAsync(FunctionCall call, CancellationToken ending)
    {
        using var timeout = new CancellationTokenSource(call.Function.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ending);
        using var process = new Process { StartInfo = StartInfo(call) };
        var log = new FunctionLog(call, time);
        try
        {
            either.Token.ThrowIfCancellationRequested();
            process.Start();
        }
        catch (Win32Exception exception)
        {
            // Without what .NET adds, which names a folder of this machine.
            // .NET has none for a directory, which cannot be run.
            var reason =
                exception.NativeErrorCode == 0
                    ? "Permission denied"
                    : new Win32Exception(exception.NativeErrorCode).Message;
            return Failure(
                call,
                $"fork/exec {call.Function.Command[0]}: {reason}",
                "Runtime.InvalidEntrypoint",
                log
            );
        }
        try
        {
            return await TalkAsync(process, call, log, either.Token);
        }
        catch (OperationCanceledException)
        {
            return timeout.IsCancellationRequested
                ? TimedOut(call, log)
                : Failure(call, "Runtime exited with error: signal: killed", ExitError, log);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            LeftBehind.End(call.RequestId);
        }
    }

    private static async Task<FunctionRun> TalkAsync(
        Process process,
        FunctionCall call,
        FunctionLog log,
        CancellationToken cancellationToken
    )
    {
        var writing = WriteAsync(process, call.Payload, cancellationToken);
        var logging = log.FillAsync(process.StandardError.BaseStream, cancellationToken);
        var answering = ReadAsync(process.StandardOutput.BaseStream, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        // Who was left behind would keep the outputs open.
        LeftBehind.End(call.RequestId);
        var answer = await answering;
        await Task.WhenAll(writing, logging);
        if (process.ExitCode != 0)
        {
            if (ErrorOf(answer) is { } told)
            {
                return new FunctionRun(
                    answer!,
                    Failed: true,
                    log.EndWithError(told.Message, told.Type)
                );
            }

            var reason = $"Runtime exited with error: exit status {process.ExitCode}";
            return Failure(call, reason, ExitError, log);
        }
        return answer switch
        {
            null => Failure(
                $"Response payload size exceeded maximum allowed payload size ({MaxPayload} bytes).",
                "Function.ResponseSizeTooLarge",
                log
            ),
            [] => Failure(call, "Runtime exited without providing a reason", ExitError, log),
            _ when EventJson.IsValid(answer) => new FunctionRun(answer, Failed: false, log.End()),
            _ => Failure(
                "The function's answer is not JSON in UTF-8.",
                "Runtime.MarshalError",
                log
            ),
        };
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

    private static ProcessStartInfo StartInfo(FunctionCall call)
    {
        var command = call.Function.Command;
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        FunctionEnvironment.Set(info.Environment, call);
        return info;
    }

    private static FunctionRun TimedOut(FunctionCall call, FunctionLog log)
    {
        var seconds = call.Function.Timeout.TotalSeconds.ToString(
            "F2",
            CultureInfo.InvariantCulture
        );
        var message = $"Task timed out after {seconds} seconds";
        return new FunctionRun(
            ErrorPayload("Sandbox.Timedout", WithRequestId(call, message)),
            Failed: true,
            log.EndWithTimeout(message)
        );
    }

    /// <summary>
    /// What a function that failed says of it, in the form in which Lambda's runtimes tell an exception:
    /// <c>{"errorType": …, "errorMessage": …}</c>, and what else it likes.
    /// </summary>
    private static (string Type, string Message)? ErrorOf(byte[]? answer)
    {
        if (answer is not { Length: > 0 } || !EventJson.IsValid(answer))
        {
            return null;
        }

        using var document = JsonDocument.Parse(answer);
        return
            document.RootElement is { ValueKind: JsonValueKind.Object } error
            && error.TryGetProperty("errorType", out var type)
            && error.TryGetProperty("errorMessage", out var message)
            && type.ValueKind == JsonValueKind.String
            && message.ValueKind == JsonValueKind.String
            ? (type.GetString()!, message.GetString()!)
            : null;
    }

    private static FunctionRun Failure(
        FunctionCall call,
        string reason,
        string errorType,
        FunctionLog log
    ) => Failure(WithRequestId(call, reason), errorType, log);

    private static FunctionRun Failure(string message, string errorType, FunctionLog log) =>
        new(ErrorPayload(errorType, message), Failed: true, log.EndWithError(message, errorType));

    private static string WithRequestId(FunctionCall call, string reason) =>
        $"RequestId: {call.RequestId} Error: {reason}";

    private static byte[] ErrorPayload(string errorType, string errorMessage) =>
        JsonSerializer.SerializeToUtf8Bytes(new { errorType, errorMessage });
}
