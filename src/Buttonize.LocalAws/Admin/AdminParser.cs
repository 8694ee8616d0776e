using System.Text.Json;
using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.Lambda;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Admin;

/// <summary>Reads principals, roles and functions as they are put; what is wrong or unknown is refused by name.</summary>
internal static class AdminParser
{
    /// <summary>Seconds (CreateRole, MaxSessionDuration).</summary>
    private const int MinMaxSessionDuration = 3600;
    private const int MaxMaxSessionDuration = 43_200;

    /// <summary>Access key ids are 16–128 word characters (AccessKey data type of IAM).</summary>
    private const int MinAccessKeyIdLength = 16;
    private const int MaxAccessKeyIdLength = 128;

    public static Principal Principal(string accessKeyId, JsonElement body, DateTimeOffset now)
    {
        CheckAccessKeyId(accessKeyId);
        var members = new StrictObject(
            body,
            "The body",
            "secretAccessKey",
            "accountId",
            "arn",
            "policy",
            "tags"
        );
        var arn =
            PrincipalArn.TryParse(members.Text("arn"))
            ?? throw members.Refused(
                "arn",
                "must be the ARN of a user, of root or of an assumed-role session"
            );
        if (members.Text("accountId") != arn.AccountId)
        {
            throw members.Refused("accountId", "must be the account in 'arn'");
        }
        var secret = members.Text("secretAccessKey");
        return new Principal(
            accessKeyId,
            secret.Length > 0
                ? secret
                : throw members.Refused("secretAccessKey", "must not be empty"),
            arn,
            // Without a policy everything is allowed, so only a policy that is not there may mean that.
            members.OptionalNotNull("policy")
                is { } policy
                ? OwnPolicy(policy, arn)
                : null,
            Tags(members),
            now
        );
    }

    private static PolicyDocument OwnPolicy(JsonElement policy, PrincipalArn arn)
    {
        var isRole = arn.Kind == PrincipalKind.AssumedRole;
        PolicyQuota.CheckPermissions([policy], isRole, "policy");
        return PolicyParser.ParsePermissions(policy, "policy");
    }

    private static void CheckAccessKeyId(string accessKeyId)
    {
        if (
            accessKeyId.Length is < MinAccessKeyIdLength or > MaxAccessKeyIdLength
            || !accessKeyId.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        )
        {
            throw new DocumentRefusedException(
                "'accessKeyId' must be 16 to 128 letters, digits and underscores."
            );
        }
    }

    public static Role Role(JsonElement body)
    {
        var members = new StrictObject(
            body,
            "The body",
            "roleArn",
            "trustPolicy",
            "policies",
            "maxSessionDuration",
            "tags"
        );
        var arn =
            RoleArn.TryParse(members.Text("roleArn"))
            ?? throw members.Refused("roleArn", "must be the ARN of a role");
        var trust = members.Required("trustPolicy");
        PolicyQuota.CheckTrust(trust, "trustPolicy");
        var policies = members.Items("policies");
        PolicyQuota.CheckPermissions(policies, isRole: true, "policies");
        return new Role(
            arn,
            UniqueId.NewRole(),
            PolicyParser.ParseTrust(trust, arn.Partition, "trustPolicy"),
            [
                .. policies.Select(
                    (policy, index) => PolicyParser.ParsePermissions(policy, $"policies[{index}]")
                ),
            ],
            members.OptionalNumber(
                "maxSessionDuration",
                MinMaxSessionDuration,
                MaxMaxSessionDuration
            ) ?? MinMaxSessionDuration,
            Tags(members)
        );
    }

    /// <summary>A function or a version has a command; an alias has a version, and nothing of its own.</summary>
    public static FunctionResource Function(JsonElement body)
    {
        string[] ofCode = ["command", "timeoutSeconds", "dataEvents"];
        const string OfAliases = "functionVersion";
        var members = new StrictObject(body, "The body", ["functionArn", OfAliases, .. ofCode]);
        var name = FunctionName.TryParseArn(members.Text("functionArn"))?.Qualified;
        if (name is null)
        {
            throw members.Refused(
                "functionArn",
                "must be the ARN of a function, of a version of it (from 1) or of an alias"
            );
        }
        if (FunctionName.IsVersion(name.Qualifier!))
        {
            return members.Has(OfAliases)
                ? throw members.Refused(OfAliases, "belongs to an alias")
                : Code(name, members);
        }
        if (ofCode.FirstOrDefault(members.Has) is { } own)
        {
            throw members.Refused(own, "belongs to the version that an alias points to");
        }
        var version = members.OptionalText(OfAliases) ?? FunctionName.Latest;
        return FunctionName.IsVersion(version)
            ? new FunctionAlias(name, version)
            : throw members.Refused(OfAliases, "must be a version's number or $LATEST");
    }

    private static LambdaFunction Code(FunctionName name, StrictObject members)
    {
        var command = members.Items("command");
        if (
            command is not [{ ValueKind: JsonValueKind.String } program, ..]
            || program.GetString()!.Length == 0
            || command.Any(part =>
                TextOrNull(part)?.Contains('\0', StringComparison.Ordinal) ?? true
            )
        )
        {
            throw members.Refused("command", "must be a program and its arguments");
        }
        var seconds = members.OptionalNumber("timeoutSeconds", 1, LambdaFunction.MaxTimeout);
        return new LambdaFunction(
            name,
            [.. command.Select(part => part.GetString()!)],
            TimeSpan.FromSeconds(seconds ?? LambdaFunction.DefaultTimeout),
            members.OptionalFlag("dataEvents") ?? true
        );
    }

    /// <summary>Tags as an object, or as IAM's own list of Key and Value.</summary>
    private static Dictionary<string, string> Tags(StrictObject members)
    {
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in Pairs(members))
        {
            if (value is null || !IsTag(key, value))
            {
                throw members.Refused("tags", $"has '{key}', whose key or value is no tag");
            }
            if (!tags.TryAdd(key, value))
            {
                throw members.Refused("tags", $"has '{key}' twice; keys compare without case");
            }
        }
        return tags.Count <= AssumeRoleConstraints.MaxTags
            ? tags
            : throw members.Refused("tags", $"has more than {AssumeRoleConstraints.MaxTags}");
    }

    /// <summary>The limits of session tags hold for tags of roles and users too ("IAM and AWS STS quotas").</summary>
    private static bool IsTag(string key, string value) =>
        key.Length is > 0 and <= AssumeRoleConstraints.MaxTagKeyLength
        && value.Length <= AssumeRoleConstraints.MaxTagValueLength
        && !key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
        && StsAlphabets.IsTagText(key)
        && StsAlphabets.IsTagText(value);

    private static IEnumerable<(string Key, string? Value)> Pairs(StrictObject members) =>
        members.Optional("tags") switch
        {
            null => [],
            { ValueKind: JsonValueKind.Object } map => map.EnumerateObject()
                .Select(tag => (tag.Name, TextOrNull(tag.Value))),
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray()
                .Select(item => new StrictObject(item, "tags", "Key", "Value"))
                .Select(tag => (tag.Text("Key"), (string?)tag.Text("Value"))),
            _ => throw members.Refused("tags", "must be an object or a list of Key and Value"),
        };

    private static string? TextOrNull(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
