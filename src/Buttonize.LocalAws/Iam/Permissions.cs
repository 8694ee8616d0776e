namespace Buttonize.LocalAws.Iam;

/// <summary>What is asked: an action on a resource, with the condition keys that this action has.</summary>
internal sealed record AccessRequest(string Action, string Resource, RequestContext Context);

/// <summary>Why a request is allowed or not; AWS words each refusal differently.</summary>
internal enum Access
{
    Allowed,
    DeniedByIdentityPolicy,
    DeniedBySessionPolicy,
    NoIdentityPolicyAllows,
    NoSessionPolicyAllows,
}

/// <summary>
/// An identity's own policies, and the session policy that can only narrow them ("Policy evaluation logic"). No list of
/// identity policies means everything is allowed.
/// </summary>
internal sealed record Permissions(
    IReadOnlyList<PolicyDocument>? IdentityPolicies,
    PolicyDocument? SessionPolicy
)
{
    public Access Decide(AccessRequest request)
    {
        var identity = IdentityPolicies is null
            ? Decision.Allow
            : PolicyEvaluator.Evaluate(IdentityPolicies, request);
        var session = Narrow(request);
        return (identity, session) switch
        {
            (Decision.Deny, _) => Access.DeniedByIdentityPolicy,
            (_, Decision.Deny) => Access.DeniedBySessionPolicy,
            (Decision.None, _) => Access.NoIdentityPolicyAllows,
            (_, Decision.None) => Access.NoSessionPolicyAllows,
            _ => Access.Allowed,
        };
    }

    private Decision Narrow(AccessRequest request) =>
        SessionPolicy is null ? Decision.Allow : PolicyEvaluator.Evaluate([SessionPolicy], request);
}
