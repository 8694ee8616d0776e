using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Iam;

/// <param name="Name">As AWS writes it; comparing ignores case.</param>
/// <param name="IsMultivalued">Then it needs a set operator, and cannot be a variable.</param>
internal sealed record ConditionKey(string Name, bool IsMultivalued);

/// <summary>
/// The condition keys that are understood. Which of them a request has depends on its action and on its caller ("AWS
/// global condition context keys"; "Actions, resources, and condition keys for AWS Security Token Service").
/// </summary>
internal static class ConditionKeys
{
    public const string ExternalId = "sts:ExternalId";
    public const string RoleSessionName = "sts:RoleSessionName";
    public const string RequestedSourceIdentity = "sts:SourceIdentity";
    public const string TransitiveTagKeys = "sts:TransitiveTagKeys";
    public const string TagKeys = "aws:TagKeys";
    public const string RequestTagPrefix = "aws:RequestTag/";
    public const string PrincipalTagPrefix = "aws:PrincipalTag/";
    public const string PrincipalArn = "aws:PrincipalArn";
    public const string PrincipalAccount = "aws:PrincipalAccount";
    public const string PrincipalType = "aws:PrincipalType";
    public const string UserId = "aws:userid";
    public const string UserName = "aws:username";
    public const string SourceIdentity = "aws:SourceIdentity";
    public const string SourceIp = "aws:SourceIp";
    public const string TokenIssueTime = "aws:TokenIssueTime";
    public const string CurrentTime = "aws:CurrentTime";
    public const string EpochTime = "aws:EpochTime";
    public const string SecureTransport = "aws:SecureTransport";
    public const string RequestedRegion = "aws:RequestedRegion";
    public const string UserAgent = "aws:UserAgent";

    private static readonly Dictionary<string, ConditionKey> Fixed = new[]
    {
        ExternalId,
        RoleSessionName,
        RequestedSourceIdentity,
        TransitiveTagKeys,
        TagKeys,
        PrincipalArn,
        PrincipalAccount,
        PrincipalType,
        UserId,
        UserName,
        SourceIdentity,
        SourceIp,
        TokenIssueTime,
        CurrentTime,
        EpochTime,
        SecureTransport,
        RequestedRegion,
        UserAgent,
    }.ToDictionary(
        name => name,
        name => new ConditionKey(name, name is TagKeys or TransitiveTagKeys),
        StringComparer.OrdinalIgnoreCase
    );

    /// <returns>Null when the key is not understood. Keys ignore case, those of tags too.</returns>
    public static ConditionKey? Known(string key)
    {
        if (Fixed.TryGetValue(key, out var known))
        {
            return known;
        }
        string[] prefixes = [RequestTagPrefix, PrincipalTagPrefix];
        var isTag = prefixes.Any(prefix =>
            key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && IsTagKey(key[prefix.Length..])
        );
        return isTag ? new ConditionKey(key, IsMultivalued: false) : null;
    }

    private static bool IsTagKey(string text) =>
        text.Length is > 0 and <= AssumeRoleConstraints.MaxTagKeyLength
        && StsAlphabets.IsTagText(text);
}
