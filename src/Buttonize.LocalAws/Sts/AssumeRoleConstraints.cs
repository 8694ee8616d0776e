using System.Globalization;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// What the API model says about each parameter by itself; all limits are from "AssumeRole: Request parameters" in the API
/// reference.
/// </summary>
internal static class AssumeRoleConstraints
{
    public const int MinDurationSeconds = 900;
    public const int MaxDurationSeconds = 43_200;
    public const int MaxTags = 50;
    public const int MaxTagKeyLength = 128;
    public const int MaxTagValueLength = 256;
    public const int MaxPolicyLength = 2048;
    public const int MinNameLength = 2;
    public const int MaxNameLength = 64;
    public const int MaxExternalIdLength = 1224;
    public const int MinRoleArnLength = 20;
    public const int MaxRoleArnLength = 2048;

    /// <returns>One error about all broken constraints, or null.</returns>
    public static AwsError? Check(SentAssumeRole sent)
    {
        var constraints = new Constraints();
        constraints.Required("roleArn", sent.RoleArn);
        constraints.Length("roleArn", sent.RoleArn, MinRoleArnLength, MaxRoleArnLength);
        constraints.Required("roleSessionName", sent.RoleSessionName);
        CheckName(constraints, "roleSessionName", sent.RoleSessionName);
        CheckName(constraints, "sourceIdentity", sent.SourceIdentity);
        CheckExternalId(constraints, sent.ExternalId);
        CheckDuration(constraints, sent.DurationSeconds);
        constraints.Length("policy", sent.Policy, 1, MaxPolicyLength);
        constraints.Alphabet(
            "policy",
            sent.Policy,
            StsAlphabets.IsPolicyText,
            StsAlphabets.PolicyPattern
        );
        CheckTags(constraints, sent.Tags);
        CheckTransitiveKeys(constraints, sent.TransitiveTagKeys);
        return constraints.Error;
    }

    private static void CheckName(Constraints constraints, string member, string? value)
    {
        constraints.Length(member, value, MinNameLength, MaxNameLength);
        constraints.Alphabet(
            member,
            value,
            StsAlphabets.IsSessionName,
            StsAlphabets.SessionNamePattern
        );
    }

    private static void CheckExternalId(Constraints constraints, string? value)
    {
        constraints.Length("externalId", value, MinNameLength, MaxExternalIdLength, hidden: true);
        constraints.Alphabet(
            "externalId",
            value,
            StsAlphabets.IsExternalId,
            StsAlphabets.ExternalIdPattern,
            hidden: true
        );
    }

    private static void CheckDuration(Constraints constraints, string? text)
    {
        if (text is null)
        {
            return;
        }
        var isNumber = int.TryParse(
            text,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        );
        var broken = (isNumber, seconds) switch
        {
            (false, _) => "Member must be an integer",
            (_, < MinDurationSeconds) =>
                $"Member must have value greater than or equal to {MinDurationSeconds}",
            (_, > MaxDurationSeconds) =>
                $"Member must have value less than or equal to {MaxDurationSeconds}",
            _ => null,
        };
        if (broken is not null)
        {
            constraints.Break("durationSeconds", text, broken);
        }
    }

    private static void CheckTags(Constraints constraints, IReadOnlyList<SentTag> tags)
    {
        CheckCount(constraints, "tags", tags.Count);
        for (var index = 0; index < tags.Count; index++)
        {
            var member = $"tags.{index + 1}.member";
            var value = tags[index].Value;
            CheckTagKey(constraints, $"{member}.key", tags[index].Key);
            constraints.Required($"{member}.value", value);
            constraints.Length($"{member}.value", value, 0, MaxTagValueLength);
            constraints.Alphabet(
                $"{member}.value",
                value,
                StsAlphabets.IsTagText,
                StsAlphabets.TagValuePattern
            );
        }
    }

    private static void CheckTransitiveKeys(Constraints constraints, IReadOnlyList<string> keys)
    {
        CheckCount(constraints, "transitiveTagKeys", keys.Count);
        for (var index = 0; index < keys.Count; index++)
        {
            CheckTagKey(constraints, $"transitiveTagKeys.{index + 1}.member", keys[index]);
        }
    }

    private static void CheckTagKey(Constraints constraints, string member, string? key)
    {
        constraints.Required(member, key);
        constraints.Length(member, key, 1, MaxTagKeyLength);
        constraints.Alphabet(member, key, StsAlphabets.IsTagText, StsAlphabets.TagKeyPattern);
    }

    private static void CheckCount(Constraints constraints, string member, int count)
    {
        if (count > MaxTags)
        {
            constraints.Break(
                member,
                $"[{count} members]",
                $"Member must have length less than or equal to {MaxTags}"
            );
        }
    }
}
