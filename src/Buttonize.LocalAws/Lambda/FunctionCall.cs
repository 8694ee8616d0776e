namespace Buttonize.LocalAws.Lambda;

/// <summary>A call that is let in, as its function hears of it.</summary>
/// <param name="InvokedFunctionArn">As it was called, with the alias and not the version behind it.</param>
/// <param name="ClientContext">A JSON object; null when there is none, and in asynchronous calls.</param>
internal sealed record FunctionCall(
    LambdaFunction Function,
    string InvokedFunctionArn,
    string RequestId,
    byte[] Payload,
    string? ClientContext
);
