namespace Buttonize.LocalAws.Iam;

/// <summary>An Amazon Resource Name with an account, split at its colons.</summary>
internal sealed record Arn(
    string Partition,
    string Service,
    string Region,
    string AccountId,
    string Resource
)
{
    private const string NamePunctuation = "_+=,.@-";
    private const int MaxPathLength = 512;

    public static Arn? TryParse(string text)
    {
        var parts = text.Split(':', 6);
        return
            parts.Length == 6
            && parts[0] == "arn"
            && parts[1] is "aws" or "aws-cn" or "aws-us-gov"
            && parts[2].Length > 0
            && IsAccountId(parts[4])
            && parts[5].Length > 0
            ? new Arn(parts[1], parts[2], parts[3], parts[4], parts[5])
            : null;
    }

    public static bool IsAccountId(string text) => text.Length == 12 && text.All(char.IsAsciiDigit);

    /// <summary>The alphabet of IAM's names: <c>[A-Za-z0-9_+=,.@-]</c>, ASCII only.</summary>
    public static bool IsName(string text) =>
        text.Length > 0
        && text.All(c =>
            char.IsAsciiLetterOrDigit(c) || NamePunctuation.Contains(c, StringComparison.Ordinal)
        );

    /// <summary>A path of users and roles: up to 512 characters that can be seen ("IAM and AWS STS quotas", CreateUser).</summary>
    public static bool IsPath(string text) =>
        text.Length <= MaxPathLength && text.All(c => c is > ' ' and < '\u007f');

    public override string ToString() =>
        $"arn:{Partition}:{Service}:{Region}:{AccountId}:{Resource}";
}
