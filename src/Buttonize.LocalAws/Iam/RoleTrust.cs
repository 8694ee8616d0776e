namespace Buttonize.LocalAws.Iam;

/// <summary>
/// Whether a caller may take an action on a role: the trust policy decides together with the caller's own policies
/// ("Cross-account policy evaluation logic" and "Policy evaluation for requests within a single account").
/// </summary>
internal static class RoleTrust
{
    public static bool Allows(Role role, Caller caller, AccessRequest request)
    {
        // AssumeRole never crosses partitions.
        if (caller.Arn.Partition != role.Arn.Partition)
        {
            return false;
        }
        var grant = PolicyEvaluator.EvaluateTrust(role.TrustPolicy, caller, request);
        var own = caller.Permissions.Decide(request);
        if (
            grant is TrustGrant.Deny or TrustGrant.None
            || own is Access.DeniedByIdentityPolicy or Access.DeniedBySessionPolicy
        )
        {
            return false;
        }
        var sameAccount = caller.AccountId == role.Arn.AccountId;
        return grant switch
        {
            TrustGrant.Identity when sameAccount => true,
            TrustGrant.Role when sameAccount => SessionAllows(caller, request),
            _ => own == Access.Allowed,
        };
    }

    private static bool SessionAllows(Caller caller, AccessRequest request) =>
        (caller.Permissions with { IdentityPolicies = null }).Decide(request) == Access.Allowed;
}
