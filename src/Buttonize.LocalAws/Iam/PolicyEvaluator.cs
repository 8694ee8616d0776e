namespace Buttonize.LocalAws.Iam;

internal enum Decision
{
    /// <summary>No statement matches: an implicit deny.</summary>
    None,
    Allow,
    Deny,
}

/// <summary>How a trust policy lets a caller in; the broader the grant, the more the caller's own policies count.</summary>
internal enum TrustGrant
{
    None,

    /// <summary>Through the account: the caller's own policy has to allow it too.</summary>
    Account,

    /// <summary>Through the role behind the session, or everyone: only a session policy still narrows it.</summary>
    Role,

    /// <summary>By name.</summary>
    Identity,
    Deny,
}

/// <summary>Policies and a request in, a decision out; nothing else is read. Explicit deny wins.</summary>
internal static class PolicyEvaluator
{
    public static Decision Evaluate(IEnumerable<PolicyDocument> policies, AccessRequest request)
    {
        var decision = Decision.None;
        foreach (var statement in policies.SelectMany(policy => policy.Statements))
        {
            if (
                !statement.Resources.Any(resource =>
                    Wildcard.Matches(resource, request.Resource, StringComparison.Ordinal)
                ) || !Applies(statement, request)
            )
            {
                continue;
            }
            if (statement.Effect == Effect.Deny)
            {
                return Decision.Deny;
            }
            decision = Decision.Allow;
        }
        return decision;
    }

    public static TrustGrant EvaluateTrust(
        PolicyDocument trust,
        Caller caller,
        AccessRequest request
    )
    {
        var best = TrustGrant.None;
        foreach (var statement in trust.Statements)
        {
            var grant = statement.Principals.Select(principal => Grant(principal, caller)).Max();
            if (grant == TrustGrant.None || !Applies(statement, request))
            {
                continue;
            }
            if (statement.Effect == Effect.Deny)
            {
                return TrustGrant.Deny;
            }
            best = grant > best ? grant : best;
        }
        return best;
    }

    private static bool Applies(Statement statement, AccessRequest request) =>
        statement.Actions.Any(action =>
            Wildcard.Matches(action, request.Action, StringComparison.OrdinalIgnoreCase)
        ) && statement.Conditions.All(condition => Holds(condition, request.Keys));

    private static bool Holds(Condition condition, IReadOnlyDictionary<string, string> keys) =>
        keys.TryGetValue(condition.Key, out var actual)
        && condition.Values.Any(expected =>
            condition.Operator switch
            {
                ConditionOperator.StringEquals => string.Equals(
                    expected,
                    actual,
                    StringComparison.Ordinal
                ),
                ConditionOperator.StringLike => Wildcard.Matches(
                    expected,
                    actual,
                    StringComparison.Ordinal
                ),
                _ => throw new InvalidOperationException($"No such operator: {condition.Operator}"),
            }
        );

    private static TrustGrant Grant(TrustedPrincipal principal, Caller caller) =>
        principal switch
        {
            TrustedPrincipal.Everyone => TrustGrant.Role,
            TrustedPrincipal.Account account when account.AccountId == caller.AccountId =>
                TrustGrant.Account,
            TrustedPrincipal.Role role when role.Arn == caller.Issuer?.Arn => TrustGrant.Role,
            TrustedPrincipal.Identity identity when identity.Arn.Text == caller.Arn.Text =>
                TrustGrant.Identity,
            _ => TrustGrant.None,
        };
}
