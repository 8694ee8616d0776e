namespace Buttonize.LocalAws.Lambda;

/// <summary>How an invocation ended.</summary>
/// <param name="Payload">JSON: the function's answer, or <c>errorType</c> and <c>errorMessage</c>.</param>
/// <param name="Failed">Then the answer says so in a header, with status 200 all the same.</param>
/// <param name="LogTail">The last of the log.</param>
internal sealed record FunctionRun(byte[] Payload, bool Failed, byte[] LogTail);
