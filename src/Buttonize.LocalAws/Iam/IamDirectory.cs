using System.Collections.Concurrent;

namespace Buttonize.LocalAws.Iam;

/// <summary>An identity with a long-lived access key.</summary>
/// <param name="Policy">Null: everything is allowed to it.</param>
/// <param name="RoleId">For a session the role that it is of; null while no such role was known.</param>
internal sealed record Principal(
    string AccessKeyId,
    string SecretAccessKey,
    PrincipalArn Arn,
    PolicyDocument? Policy,
    IReadOnlyDictionary<string, string> Tags,
    DateTimeOffset PutAt,
    string? RoleId = null
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

/// <summary>
/// The principals and roles of all accounts. A role's name is unique in its account, whatever its path and its case
/// ("Names are not distinguished by case", CreateRole); it is found only as it was put.
/// </summary>
internal sealed class IamDirectory
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, Principal> principals = new();
    private readonly ConcurrentDictionary<RoleKey, Role> roles = new();

    /// <summary>A session belongs to the role that has its name now, if any has.</summary>
    public void Put(Principal principal) =>
        principals[principal.AccessKeyId] = principal with
        {
            RoleId = FindRoleOf(principal.Arn)?.RoleId,
        };

    public Principal? FindPrincipal(string accessKeyId) =>
        principals.GetValueOrDefault(accessKeyId);

    /// <summary>
    /// A role that is put again is replaced and keeps its unique id. Trust policies that named it while it did not exist
    /// yet name this one from now on.
    /// </summary>
    /// <returns>The role of that name with another path or spelling, which is left as it is; null when all is well.</returns>
    public Role? Put(Role role)
    {
        lock (gate)
        {
            var key = KeyOf(role.Arn);
            var existing = roles.GetValueOrDefault(key);
            if (existing is not null && existing.Arn != role.Arn)
            {
                return existing;
            }
            roles[key] = role with { RoleId = existing?.RoleId ?? role.RoleId };
            foreach (
                var (other, trusting) in roles.Where(pair => IsUnbound(pair.Value.TrustPolicy))
            )
            {
                roles[other] = trusting with { TrustPolicy = Bind(trusting.TrustPolicy) };
            }
            return null;
        }
    }

    public Role? FindRole(RoleArn arn) =>
        roles.GetValueOrDefault(KeyOf(arn)) is { } role && role.Arn == arn ? role : null;

    /// <summary>The role behind an assumed-role session, whose ARN has the role's name and not its path.</summary>
    public Role? FindRoleOf(PrincipalArn session) =>
        session.Kind == PrincipalKind.AssumedRole
        && roles.GetValueOrDefault(KeyOf(session.Partition, session.AccountId, session.Name))
            is { } role
        && role.Arn.Name == session.Name
            ? role
            : null;

    public void DeleteRole(RoleArn arn)
    {
        lock (gate)
        {
            if (FindRole(arn) is not null)
            {
                roles.TryRemove(KeyOf(arn), out _);
            }
        }
    }

    private static bool IsUnbound(PolicyDocument trust) =>
        trust.Statements.Any(statement =>
            statement.Principals!.Items.Any(principal =>
                principal is TrustedPrincipal.Role { RoleId: null }
            )
        );

    /// <summary>Roles that are named by ARN become the ones that have it now, if any has.</summary>
    private PolicyDocument Bind(PolicyDocument trust) =>
        new([
            .. trust.Statements.Select(statement =>
                statement with
                {
                    Principals = statement.Principals! with
                    {
                        Items = [.. statement.Principals.Items.Select(Bind)],
                    },
                }
            ),
        ]);

    private TrustedPrincipal Bind(TrustedPrincipal principal) =>
        principal is TrustedPrincipal.Role { RoleId: null } role
            ? role with
            {
                RoleId = FindRole(role.Arn)?.RoleId,
            }
            : principal;

    private static RoleKey KeyOf(RoleArn arn) => KeyOf(arn.Partition, arn.AccountId, arn.Name);

    private static RoleKey KeyOf(string partition, string accountId, string name) =>
        new(partition, accountId, name.ToUpperInvariant());

    private readonly record struct RoleKey(string Partition, string AccountId, string FoldedName);
}
