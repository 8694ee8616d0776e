using System.Collections.Concurrent;

namespace Buttonize.LocalAws.Iam;

/// <summary>An identity with a long-lived access key.</summary>
/// <param name="Policy">Null: everything is allowed to it.</param>
internal sealed record Principal(
    string AccessKeyId,
    string SecretAccessKey,
    PrincipalArn Arn,
    PolicyDocument? Policy,
    IReadOnlyDictionary<string, string> Tags,
    DateTimeOffset PutAt
)
{
    public override string ToString() => $"{Arn} ({AccessKeyId})";
}

/// <param name="RoleId">AROA…, new when a role is deleted and made again, as in IAM.</param>
/// <param name="MaxSessionDuration">Seconds, 3,600–43,200 (CreateRole).</param>
internal sealed record Role(
    RoleArn Arn,
    string RoleId,
    PolicyDocument TrustPolicy,
    IReadOnlyList<PolicyDocument> Policies,
    int MaxSessionDuration,
    IReadOnlyDictionary<string, string> Tags
);

/// <summary>The principals and roles of all accounts.</summary>
internal sealed class IamDirectory
{
    private readonly ConcurrentDictionary<string, Principal> principals = new();
    private readonly ConcurrentDictionary<string, Role> roles = new();

    public void Put(Principal principal) => principals[principal.AccessKeyId] = principal;

    public Principal? FindPrincipal(string accessKeyId) =>
        principals.GetValueOrDefault(accessKeyId);

    /// <summary>A role that is put again is replaced and keeps its unique id.</summary>
    public void Put(Role role) =>
        roles.AddOrUpdate(
            role.Arn.ToString(),
            role,
            (_, existing) => role with { RoleId = existing.RoleId }
        );

    public Role? FindRole(RoleArn arn) => roles.GetValueOrDefault(arn.ToString());

    /// <summary>Role names are unique in an account whatever their path, so a session's ARN says enough.</summary>
    public Role? FindRole(string accountId, string name) =>
        roles.Values.FirstOrDefault(role =>
            role.Arn.AccountId == accountId && role.Arn.Name == name
        );

    public void DeleteRole(RoleArn arn) => roles.TryRemove(arn.ToString(), out _);
}
