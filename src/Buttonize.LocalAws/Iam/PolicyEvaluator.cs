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

    /// <summary>Through the role behind the session: only a session policy still narrows it.</summary>
    Role,

    /// <summary>
    /// By name, or as everyone, which session policies do not narrow either ("How AWS enforcement code logic evaluates
    /// requests to allow or deny access").
    /// </summary>
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
                !statement.Resources!.Covers(resource => IsResource(resource, request))
                || !Applies(statement, request)
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
            var grant = Grant(statement.Principals!, caller);
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
        statement.Actions.Covers(action =>
            Pattern.Matches(action, request.Action, ignoreCase: true)
        )
        && statement.Conditions.All(condition =>
            condition.Holds(request.Context, whenUndefined: statement.Effect == Effect.Deny)
        );

    /// <summary>A resource with a variable that has no value is no resource ("Policy variables with no value").</summary>
    private static bool IsResource(PolicyText resource, AccessRequest request) =>
        resource.Resolve(request.Context) is { } pattern
        && Pattern.MatchesResource(pattern, request.Resource);

    private static TrustGrant Grant(Listed<TrustedPrincipal> principals, Caller caller)
    {
        var grants = principals.Items.Select(principal => Grant(principal, caller)).ToArray();
        if (!principals.AllBut)
        {
            return grants.Max();
        }
        // NotPrincipal comes with Deny only. It leaves out nobody whose account, and role, are not listed as well.
        var isExempt =
            principals.Items.Any(principal => principal is TrustedPrincipal.Everyone)
            || Levels(caller.Arn.Kind).All(level => grants.Contains(level));
        return isExempt ? TrustGrant.None : TrustGrant.Account;
    }

    /// <summary>As whom NotPrincipal has to list somebody ("AWS JSON policy elements: NotPrincipal").</summary>
    private static TrustGrant[] Levels(PrincipalKind kind) =>
        kind switch
        {
            PrincipalKind.Root => [TrustGrant.Account],
            PrincipalKind.User => [TrustGrant.Account, TrustGrant.Identity],
            _ => [TrustGrant.Account, TrustGrant.Role, TrustGrant.Identity],
        };

    private static TrustGrant Grant(TrustedPrincipal principal, Caller caller) =>
        principal switch
        {
            TrustedPrincipal.Everyone => TrustGrant.Identity,
            TrustedPrincipal.Account account when account.AccountId == caller.AccountId =>
                TrustGrant.Account,
            TrustedPrincipal.Role role
                when role.Arn == caller.Issuer?.Arn
                    && (role.RoleId is null || role.RoleId == caller.Issuer.RoleId) =>
                TrustGrant.Role,
            TrustedPrincipal.Identity identity when identity.Arn.Text == caller.Arn.Text =>
                TrustGrant.Identity,
            _ => TrustGrant.None,
        };
}
