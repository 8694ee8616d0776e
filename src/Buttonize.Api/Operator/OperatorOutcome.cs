namespace Buttonize.Api.Operator;

/// <summary>What became of an operator's change.</summary>
internal abstract record OperatorOutcome<T>
{
    /// <summary>It is done, or was so already; the thing as it is now.</summary>
    public sealed record Done(T Value) : OperatorOutcome<T>;

    /// <summary>There is no such thing.</summary>
    public sealed record Missing : OperatorOutcome<T>;

    /// <summary>It may not be done; nothing was.</summary>
    /// <param name="Why">One sentence that says why, and what to do instead.</param>
    public sealed record Refused(string Why) : OperatorOutcome<T>;
}
