using System.Collections.Concurrent;

namespace Buttonize.LocalAws.Lambda;

/// <param name="Arn">Unqualified.</param>
/// <param name="Command">A program and its arguments; the event is its standard input, the answer its standard output.</param>
/// <param name="DataEvents">Whether the account's trail logs the function's invocations.</param>
internal sealed record LambdaFunction(
    string Arn,
    IReadOnlyList<string> Command,
    TimeSpan Timeout,
    bool DataEvents
)
{
    /// <summary>Seconds ("Lambda quotas" and "Configure Lambda function timeout").</summary>
    public const int DefaultTimeout = 3;
    public const int MaxTimeout = 900;
}

internal sealed class Functions
{
    private readonly ConcurrentDictionary<string, LambdaFunction> functions = new();

    public void Put(LambdaFunction function) => functions[function.Arn] = function;

    public LambdaFunction? Find(string unqualifiedArn) =>
        functions.GetValueOrDefault(unqualifiedArn);
}
