namespace Buttonize.LocalAws.Iam;

/// <summary>
/// <c>arn:aws:iam::123456789012:role/path/Name</c>. Names are 1–64 characters of an ASCII alphabet, paths up to
/// 512 ("IAM and AWS STS quotas").
/// </summary>
internal sealed record RoleArn(string Partition, string AccountId, string Path, string Name)
{
    private const int MaxNameLength = 64;

    public static RoleArn? TryParse(string text)
    {
        if (
            Arn.TryParse(text) is not { Service: "iam", Region: "" } arn
            || !arn.Resource.StartsWith("role/", StringComparison.Ordinal)
        )
        {
            return null;
        }
        var pathAndName = arn.Resource["role".Length..];
        var nameStart = pathAndName.LastIndexOf('/') + 1;
        var path = pathAndName[..nameStart];
        var name = pathAndName[nameStart..];
        return name.Length <= MaxNameLength && Arn.IsName(name) && Arn.IsPath(path)
            ? new RoleArn(arn.Partition, arn.AccountId, path, name)
            : null;
    }

    /// <summary>The ARN of a session of this role; it never has the role's path.</summary>
    public PrincipalArn Session(string sessionName) =>
        new(
            $"arn:{Partition}:sts::{AccountId}:assumed-role/{Name}/{sessionName}",
            PrincipalKind.AssumedRole,
            Partition,
            AccountId,
            Name,
            sessionName
        );

    public override string ToString() => $"arn:{Partition}:iam::{AccountId}:role{Path}{Name}";
}
