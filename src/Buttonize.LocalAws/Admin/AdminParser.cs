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
        return PolicyParser.Parse(policy, PolicyKind.Permission, "policy");
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
            PolicyParser.Parse(trust, PolicyKind.Trust, "trustPolicy"),
            [
                .. policies.Select(
                    (policy, index) =>
                        PolicyParser.Parse(policy, PolicyKind.Permission, $"policies[{index}]")
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

    public static LambdaFunction Function(JsonElement body)
    {
        var members = new StrictObject(
            body,
            "The body",
            "functionArn",
            "command",
            "timeoutSeconds",
            "dataEvents"
        );
        var text = members.Text("functionArn");
        if (FunctionName.TryParseArn(text) is not { Qualifier: null } name)
        {
            throw members.Refused(
                "functionArn",
                "must be the ARN of a function, without a version or alias"
            );
        }
        var command = members.Items("command");
        if (command.Count == 0 || command.Any(part => part.ValueKind != JsonValueKind.String))
        {
            throw members.Refused("command", "must be a program and its arguments");
        }
        var seconds = members.OptionalNumber("timeoutSeconds", 1, LambdaFunction.MaxTimeout);
        return new LambdaFunction(
            name.UnqualifiedArn,
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
            if (
                value is null
                || key.Length == 0
                || !StsAlphabets.IsTagText(key)
                || !StsAlphabets.IsTagText(value)
            )
            {
                throw members.Refused("tags", $"has '{key}', whose key or value is no tag");
            }
            if (!tags.TryAdd(key, value))
            {
                throw members.Refused("tags", $"has '{key}' twice; keys compare without case");
            }
        }
        return tags;
    }

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
