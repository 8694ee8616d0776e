namespace Buttonize.LocalAws.Iam;

internal enum PrincipalKind
{
    User,
    Root,
    AssumedRole,
}

/// <summary>
/// Who signs a call: an IAM user, an account's root, or a session of a role
/// (<c>arn:aws:sts::123456789012:assumed-role/Name/session</c>).
/// </summary>
internal sealed record PrincipalArn(
    string Text,
    PrincipalKind Kind,
    string Partition,
    string AccountId,
    string Name,
    string? SessionName
)
{
    private const int MaxNameLength = 64;

    public static PrincipalArn? TryParse(string text)
    {
        if (Arn.TryParse(text) is not { Region: "" } arn)
        {
            return null;
        }
        var parts = arn.Resource.Split('/');
        // A user's path can hold more characters than names do, as a role's can.
        var path = arn.Service == "iam" ? string.Join('/', parts.Skip(1).SkipLast(1)) : "";
        var names = arn.Service == "iam" ? parts.Skip(1).TakeLast(1) : parts.Skip(1);
        if (
            names.Any(name => name.Length > MaxNameLength || !Arn.IsName(name)) || !Arn.IsPath(path)
        )
        {
            return null;
        }
        return (arn.Service, parts) switch
        {
            ("iam", ["root"]) => Of(PrincipalKind.Root, "root"),
            ("iam", ["user", .., var name]) => Of(PrincipalKind.User, name),
            ("sts", ["assumed-role", var role, { Length: >= 2 } session]) => Of(
                PrincipalKind.AssumedRole,
                role,
                session
            ),
            _ => null,
        };

        PrincipalArn Of(PrincipalKind kind, string name, string? session = null) =>
            new(text, kind, arn.Partition, arn.AccountId, name, session);
    }

    public override string ToString() => Text;
}
