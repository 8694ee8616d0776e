using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.SigV4;

/// <summary>A key that a call may be signed with.</summary>
/// <param name="ExpiresAt">Null for long-lived keys.</param>
internal sealed record KnownKey(Caller Caller, string SecretAccessKey, DateTimeOffset? ExpiresAt)
{
    public override string ToString() => $"{Caller.Arn} ({Caller.AccessKeyId})";
}

/// <summary>Finds the caller behind an access key: a principal's own, or a session's together with its token.</summary>
internal sealed class KnownKeys(IamDirectory directory, SessionTokens sessions)
{
    /// <param name="token">What <c>X-Amz-Security-Token</c> said; long-lived keys must come without.</param>
    public KnownKey? Find(string accessKeyId, string? token)
    {
        if (directory.FindPrincipal(accessKeyId) is { } principal)
        {
            return token is null && IsAlive(principal)
                ? new KnownKey(CallerOf(principal), principal.SecretAccessKey, null)
                : null;
        }
        if (token is null || sessions.Open(accessKeyId, token) is not { } session)
        {
            return null;
        }
        // A session dies with its role, also when another role takes the name.
        return directory.FindRole(session.Role) is { } role && role.RoleId == session.RoleId
            ? new KnownKey(
                CallerOf(session, role),
                sessions.SecretOf(accessKeyId),
                session.ExpiresAt
            )
            : null;
    }

    /// <summary>A session dies with its role, also one that was put from outside.</summary>
    private bool IsAlive(Principal principal) =>
        principal.RoleId is null || directory.FindRoleOf(principal.Arn)?.RoleId == principal.RoleId;

    private Caller CallerOf(Principal principal)
    {
        var arn = principal.Arn;
        var issuer = arn.Kind == PrincipalKind.AssumedRole ? IssuerOf(principal) : null;
        var userId = arn.Kind switch
        {
            PrincipalKind.Root => arn.AccountId,
            PrincipalKind.User => UniqueId.OfArn("AIDA", arn.Text),
            _ => $"{issuer!.RoleId}:{arn.SessionName}",
        };
        var permissions = new Permissions(
            principal.Policy is null ? null : [principal.Policy],
            SessionPolicy: null
        );
        return new Caller(
            arn,
            userId,
            principal.AccessKeyId,
            permissions,
            directory.FindRoleOf(principal.Arn) is { } role
                ? Merge(role.Tags, principal.Tags)
                : principal.Tags,
            issuer,
            Session: null
        );
    }

    private SessionIssuer IssuerOf(Principal principal)
    {
        var arn = principal.Arn;
        // The role of a session that was put from outside need not be known here.
        var unknown = new RoleArn(arn.Partition, arn.AccountId, "/", arn.Name);
        return directory.FindRoleOf(arn) is { } role
            ? new SessionIssuer(role.Arn, role.RoleId, principal.PutAt)
            : new SessionIssuer(
                unknown,
                UniqueId.OfArn("AROA", unknown.ToString()),
                principal.PutAt
            );
    }

    private static Caller CallerOf(Session session, Role role) =>
        new(
            role.Arn.Session(session.Name),
            $"{role.RoleId}:{session.Name}",
            session.AccessKeyId,
            new Permissions(
                role.Policies,
                session.PolicyText is { } policy ? PolicyParser.ParseSessionPolicy(policy) : null
            ),
            Merge(role.Tags, session.Tags),
            new SessionIssuer(role.Arn, role.RoleId, session.IssuedAt),
            session
        );

    /// <summary>A session's tags override its role's of the same key ("Pass session tags in AWS STS").</summary>
    private static Dictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> roles,
        IReadOnlyDictionary<string, string> sessions
    )
    {
        var tags = new Dictionary<string, string>(roles, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in sessions)
        {
            tags[key] = value;
        }
        return tags;
    }
}
