using System.Globalization;
using System.Text.Json;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// Reads and validates AssumeRole's parameters. All limits are from the API reference ("AssumeRole: Request parameters").
/// </summary>
internal static class AssumeRoleParser
{
    public const int MinDurationSeconds = 900;
    public const int MaxDurationSeconds = 43_200;
    public const int MaxTags = 50;
    public const int MaxTagKeyLength = 128;
    public const int MaxTagValueLength = 256;
    public const int MaxPolicyLength = 2048;
    private const int MinNameLength = 2;
    private const int MaxNameLength = 64;
    private const int MaxExternalIdLength = 1224;
    private const int MinRoleArnLength = 20;
    private const int MaxRoleArnLength = 2048;
    private const string ReservedPrefix = "aws:";

    public static (AssumeRoleRequest? Request, AwsError? Error) Parse(QueryParameters parameters)
    {
        var roleArn = parameters.Take("RoleArn");
        var sessionName = parameters.Take("RoleSessionName");
        var duration = parameters.Take("DurationSeconds");
        var externalId = parameters.Take("ExternalId");
        var sourceIdentity = parameters.Take("SourceIdentity");
        var policy = parameters.Take("Policy");
        var tags = TakeTags(parameters);
        var transitive = parameters.TakeList("TransitiveTagKeys");
        // An empty list is harmless; entries are refused below, by name.
        parameters.Members("PolicyArns", [".arn"]);
        if (parameters.Untaken is [var unknown, ..])
        {
            return Refused(StsErrors.Invalid($"The parameter '{unknown}' is not supported."));
        }
        var constraints = new Constraints();
        constraints.Required("roleArn", roleArn);
        constraints.Length("roleArn", roleArn, MinRoleArnLength, MaxRoleArnLength);
        CheckName(constraints, "roleSessionName", sessionName);
        constraints.Required("roleSessionName", sessionName);
        CheckName(constraints, "sourceIdentity", sourceIdentity);
        constraints.Length(
            "externalId",
            externalId,
            MinNameLength,
            MaxExternalIdLength,
            hidden: true
        );
        constraints.Alphabet(
            "externalId",
            externalId,
            StsAlphabets.IsExternalId,
            StsAlphabets.ExternalIdPattern,
            hidden: true
        );
        CheckDuration(constraints, duration);
        constraints.Length("policy", policy, 1, MaxPolicyLength);
        constraints.Alphabet(
            "policy",
            policy,
            StsAlphabets.IsPolicyText,
            StsAlphabets.PolicyPattern
        );
        CheckTags(constraints, tags, transitive);
        if (constraints.Error is { } broken)
        {
            return Refused(broken);
        }
        if (RoleArn.TryParse(roleArn!) is not { } role)
        {
            return Refused(StsErrors.Invalid($"{roleArn} is invalid"));
        }
        if (sourceIdentity?.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase) == true)
        {
            return Refused(StsErrors.Invalid("Source identity must not start with 'aws:'."));
        }
        if (CheckTagKeys(tags, transitive) is { } wrongKeys)
        {
            return Refused(wrongKeys);
        }
        var (document, malformed) = ParsePolicy(policy);
        return malformed is not null
            ? Refused(malformed)
            : (
                new AssumeRoleRequest(
                    role,
                    sessionName!,
                    duration is null ? null : int.Parse(duration, CultureInfo.InvariantCulture),
                    externalId,
                    sourceIdentity,
                    [.. tags.Select(tag => new SessionTag(tag.Key!, tag.Value!))],
                    transitive,
                    policy,
                    document
                ),
                null
            );
    }

    private static (string? Key, string? Value)[] TakeTags(QueryParameters parameters) =>
        [
            .. parameters
                .Members("Tags", [".Key", ".Value"])
                .Select(prefix =>
                    (parameters.Take(prefix + ".Key"), parameters.Take(prefix + ".Value"))
                ),
        ];

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

    private static void CheckDuration(Constraints constraints, string? text)
    {
        if (text is null)
        {
            return;
        }
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            constraints.Break("durationSeconds", text, "Member must be an integer");
        }
        else if (seconds < MinDurationSeconds)
        {
            constraints.Break(
                "durationSeconds",
                text,
                $"Member must have value greater than or equal to {MinDurationSeconds}"
            );
        }
        else if (seconds > MaxDurationSeconds)
        {
            constraints.Break(
                "durationSeconds",
                text,
                $"Member must have value less than or equal to {MaxDurationSeconds}"
            );
        }
    }

    private static void CheckTags(
        Constraints constraints,
        (string? Key, string? Value)[] tags,
        IReadOnlyList<string> transitive
    )
    {
        foreach (
            var (member, count) in new[]
            {
                ("tags", tags.Length),
                ("transitiveTagKeys", transitive.Count),
            }
        )
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
        for (var index = 0; index < tags.Length; index++)
        {
            var (key, value) = tags[index];
            var member = $"tags.{index + 1}.member";
            CheckTagKey(constraints, $"{member}.key", key);
            constraints.Required($"{member}.value", value);
            constraints.Length($"{member}.value", value, 0, MaxTagValueLength);
            constraints.Alphabet(
                $"{member}.value",
                value,
                StsAlphabets.IsTagText,
                StsAlphabets.TagValuePattern
            );
        }
        for (var index = 0; index < transitive.Count; index++)
        {
            CheckTagKey(constraints, $"transitiveTagKeys.{index + 1}.member", transitive[index]);
        }
    }

    private static void CheckTagKey(Constraints constraints, string member, string? key)
    {
        constraints.Required(member, key);
        constraints.Length(member, key, 1, MaxTagKeyLength);
        constraints.Alphabet(member, key, StsAlphabets.IsTagText, StsAlphabets.TagKeyPattern);
    }

    private static AwsError? CheckTagKeys(
        (string? Key, string? Value)[] tags,
        IReadOnlyList<string> transitive
    )
    {
        var keys = tags.Select(tag => tag.Key!).ToArray();
        if (keys.Any(key => key.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase)))
        {
            return StsErrors.InvalidParameterValue(
                "Tag keys starting with 'aws:' are reserved for system use."
            );
        }
        return HasRepeats(keys) || HasRepeats(transitive)
            ? StsErrors.InvalidParameterValue(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            )
            : null;
    }

    private static bool HasRepeats(IReadOnlyCollection<string> keys) =>
        keys.Distinct(StringComparer.OrdinalIgnoreCase).Count() < keys.Count;

    private static (PolicyDocument?, AwsError?) ParsePolicy(string? text)
    {
        if (text is null)
        {
            return (null, null);
        }
        try
        {
            using var json = JsonDocument.Parse(text);
            return (
                PolicyParser.Parse(json.RootElement, PolicyKind.Permission, "Session policy"),
                null
            );
        }
        catch (JsonException)
        {
            return (null, StsErrors.MalformedPolicy("The policy is not in the valid JSON format."));
        }
        catch (DocumentRefusedException refused)
        {
            return (null, StsErrors.MalformedPolicy(refused.Message));
        }
    }

    private static (AssumeRoleRequest?, AwsError?) Refused(AwsError error) => (null, error);
}
