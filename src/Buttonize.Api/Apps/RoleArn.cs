using System.Diagnostics.CodeAnalysis;

namespace Buttonize.Api.Apps;

/// <summary>
/// The ARN of an IAM role: <c>arn:partition:iam::account:role/path/name</c>. Limits: IAM and STS quotas (20-2,048 characters; path
/// up to 512 printable ASCII characters; name up to 64 of <c>A-Za-z0-9_+=,.@-</c>).
/// </summary>
internal sealed record RoleArn
{
    private const int MinimumLength = 20;
    private const int MaximumLength = 2048;
    private const int MaximumPathLength = 512;
    private const int MaximumNameLength = 64;

    /// <summary>The last part can hold colons: a path can.</summary>
    private const int PartsOfAnArn = 6;

    private RoleArn(string value, string partition, string accountId) =>
        (Value, Partition, AccountId) = (value, partition, accountId);

    /// <summary>The ARN as it was registered.</summary>
    public string Value { get; }

    /// <summary><c>aws</c>, <c>aws-cn</c> or <c>aws-us-gov</c>.</summary>
    public string Partition { get; }

    /// <summary>The customer's account, 12 digits.</summary>
    public string AccountId { get; }

    /// <summary>Parses a role's ARN; wildcards, users, and assumed-role ARNs are none.</summary>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out RoleArn? arn
    )
    {
        arn = null;
        if (
            text is not { Length: >= MinimumLength and <= MaximumLength }
            || text.Split(':', PartsOfAnArn) is not ["arn", _, "iam", "", _, _] parts
        )
        {
            return false;
        }

        var (partition, account, resource) = (parts[1], parts[4], parts[5]);
        var slash = resource.LastIndexOf('/');
        if (
            !ArnParts.IsPartition(partition)
            || !ArnParts.IsAccount(account)
            || !resource.StartsWith("role/", StringComparison.Ordinal)
        )
        {
            return false;
        }

        var (path, name) = (resource["role".Length..(slash + 1)], resource[(slash + 1)..]);
        if (
            path.Length > MaximumPathLength
            || path.Any(c => c is < '!' or > '~' or '*' or '?')
            || name.Length is 0 or > MaximumNameLength
            || !name.All(c =>
                char.IsAsciiLetterOrDigit(c) || "_+=,.@-".Contains(c, StringComparison.Ordinal)
            )
        )
        {
            return false;
        }

        arn = new RoleArn(text, partition, account);
        return true;
    }

    /// <summary>Reads a stored ARN, which was parsed before.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static RoleArn Parse(string text) =>
        TryParse(text, out var arn) ? arn : throw new FormatException("This is not a role's ARN.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
