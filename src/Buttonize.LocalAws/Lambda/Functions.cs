using System.Collections.Concurrent;

namespace Buttonize.LocalAws.Lambda;

/// <summary>What a qualified name can stand for: code, or an alias of it.</summary>
/// <param name="Name">With its qualifier, also <c>$LATEST</c>.</param>
internal abstract record FunctionResource(FunctionName Name);

/// <summary>One version of a function: <c>$LATEST</c>, or a published one.</summary>
/// <param name="Command">A program and its arguments; the event is its standard input, the answer its standard output.</param>
/// <param name="DataEvents">Whether the account's trail logs its invocations.</param>
internal sealed record LambdaFunction(
    FunctionName Name,
    IReadOnlyList<string> Command,
    TimeSpan Timeout,
    bool DataEvents
) : FunctionResource(Name)
{
    /// <summary>Seconds ("Lambda quotas" and "Configure Lambda function timeout").</summary>
    public const int DefaultTimeout = 3;
    public const int MaxTimeout = 900;

    public string Version => Name.Qualifier!;
}

/// <summary>A name for one version, and nothing of its own ("Create an alias for a Lambda function").</summary>
/// <param name="FunctionVersion">CreateAlias's FunctionVersion; there is no routing to a second version.</param>
internal sealed record FunctionAlias(FunctionName Name, string FunctionVersion)
    : FunctionResource(Name)
{
    public FunctionName Target => Name with { Qualifier = FunctionVersion };
}

internal sealed class Functions
{
    private readonly ConcurrentDictionary<FunctionName, FunctionResource> resources = new();

    /// <exception cref="DocumentRefusedException">An alias points to a version that is not there.</exception>
    public void Put(FunctionResource resource)
    {
        if (resource is FunctionAlias alias && Find(alias.Target) is null)
        {
            throw new DocumentRefusedException(
                $"'functionVersion': Function not found: {alias.Target.Arn}; put it first."
            );
        }
        resources[resource.Name] = resource;
    }

    /// <returns>The version that a call of this name runs.</returns>
    public LambdaFunction? Find(FunctionName name) =>
        resources.GetValueOrDefault(name.Qualified) switch
        {
            FunctionAlias alias => Find(alias.Target),
            var found => found as LambdaFunction,
        };

    /// <summary>Also of a version that is not there: then the function's own setting counts.</summary>
    public bool LogsDataEvents(FunctionName name) =>
        (Find(name) ?? Find(name with { Qualifier = null }))?.DataEvents ?? true;
}
