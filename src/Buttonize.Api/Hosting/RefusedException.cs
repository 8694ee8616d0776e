namespace Buttonize.Api.Hosting;

/// <summary>
/// A request that cannot be bound to its endpoint's parameters. Binding has no other way to answer than to throw; everywhere else
/// refusals are values.
/// </summary>
internal sealed class RefusedException(Problem problem)
    : BadHttpRequestException(problem.Detail, problem.Status)
{
    /// <summary>What the caller is told.</summary>
    public Problem Problem { get; } = problem;
}
