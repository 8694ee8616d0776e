namespace Buttonize.LocalAws.Iam;

/// <summary>A policy, parsed once when it is put. What is not in here has been refused by then.</summary>
internal sealed record PolicyDocument(IReadOnlyList<Statement> Statements);

internal enum Effect
{
    Allow,
    Deny,
}

/// <param name="Principals">Null in permission policies, which belong to their principal.</param>
/// <param name="Resources">Null in trust policies, which belong to their role.</param>
internal sealed record Statement(
    string? Sid,
    Effect Effect,
    Listed<TrustedPrincipal>? Principals,
    Listed<Glyph[]> Actions,
    Listed<PolicyText>? Resources,
    IReadOnlyList<Condition> Conditions
);

/// <summary>An element such as Action; or, such as NotAction, all but what it lists.</summary>
internal sealed record Listed<T>(IReadOnlyList<T> Items, bool AllBut)
{
    public bool Covers(Func<T, bool> matches) => Items.Any(matches) != AllBut;
}

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
    /// <param name="RoleId">
    /// The unique id that the ARN had when the policy was put, which is what IAM keeps: a role that is made again under the
    /// same name is another one ("AWS JSON policy elements: Principal"). Null while no such role was known.
    /// </param>
    internal sealed record Role(RoleArn Arn, string? RoleId = null) : TrustedPrincipal;
}
