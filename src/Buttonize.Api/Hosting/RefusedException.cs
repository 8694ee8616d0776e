namespace Buttonize.Api.Hosting;

/// <summary>
/// A request that is refused before its endpoint decides anything: its parameters cannot be bound, and binding has no other way to
/// answer than to throw. Everywhere else refusals are values.
/// </summary>
internal sealed class RefusedException(Problem problem)
    : BadHttpRequestException(problem.Detail, problem.Status)
{
    /// <summary>What the caller is told.</summary>
    public Problem Problem { get; } = problem;
}
