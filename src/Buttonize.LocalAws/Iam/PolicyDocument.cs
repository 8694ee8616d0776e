namespace Buttonize.LocalAws.Iam;

/// <summary>A policy, parsed once when it is put. What is not in here has been refused by then.</summary>
internal sealed record PolicyDocument(IReadOnlyList<Statement> Statements);

internal enum Effect
{
    Allow,
    Deny,
}

/// <param name="Principals">Empty in permission policies, which belong to their principal.</param>
/// <param name="Resources">Empty in trust policies, which belong to their role.</param>
internal sealed record Statement(
    string? Sid,
    Effect Effect,
    IReadOnlyList<TrustedPrincipal> Principals,
    IReadOnlyList<string> Actions,
    IReadOnlyList<string> Resources,
    IReadOnlyList<Condition> Conditions
);

internal enum ConditionOperator
{
    StringEquals,
    StringLike,
}

/// <summary>Holds when any of the values matches the key; never when the request lacks the key.</summary>
internal sealed record Condition(
    ConditionOperator Operator,
    string Key,
    IReadOnlyList<string> Values
);

/// <summary>Whom a trust policy names.</summary>
internal abstract record TrustedPrincipal
{
    private TrustedPrincipal() { }

    internal sealed record Everyone : TrustedPrincipal;

    /// <summary>An account: whoever in it is allowed by a policy of their own.</summary>
    internal sealed record Account(string AccountId) : TrustedPrincipal;

    /// <summary>One user or one session.</summary>
    internal sealed record Identity(PrincipalArn Arn) : TrustedPrincipal;

    /// <summary>Every session of one role.</summary>
    internal sealed record Role(RoleArn Arn) : TrustedPrincipal;
}
