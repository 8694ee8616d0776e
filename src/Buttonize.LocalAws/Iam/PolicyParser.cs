using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

internal enum PolicyKind
{
    Trust,
    Permission,
}

/// <summary>
/// Reads the part of the policy language that is understood ("Grammar of the IAM JSON policy language") and refuses
/// the rest by name: an element that is skipped could turn a deny into an allow.
/// </summary>
internal static class PolicyParser
{
    /// <summary>Hard quota of a role trust policy ("IAM and AWS STS quotas"); white space does not count.</summary>
    public const int MaxTrustPolicyLength = 8192;

    /// <summary>Quota of all inline policies of a role together ("IAM and AWS STS quotas").</summary>
    public const int MaxPermissionPolicyLength = 10_240;

    /// <exception cref="DocumentRefusedException">Something in it is wrong or not supported.</exception>
    public static PolicyDocument Parse(JsonElement json, PolicyKind kind, string where)
    {
        var most = kind == PolicyKind.Trust ? MaxTrustPolicyLength : MaxPermissionPolicyLength;
        if (json.GetRawText().Count(c => !char.IsWhiteSpace(c)) > most)
        {
            throw new DocumentRefusedException(
                $"{where} is longer than the quota of {most} characters."
            );
        }
        if (PathOfNull(json) is { } path)
        {
            throw new DocumentRefusedException(
                path.Length == 0
                    ? $"{where} must not be null."
                    : $"{where}: '{path}' must not be null."
            );
        }
        var document = new StrictObject(json, where, "Version", "Id", "Statement");
        document.OptionalText("Id");
        if (document.OptionalText("Version") is not (null or "2012-10-17" or "2008-10-17"))
        {
            throw document.Refused("Version", "must be 2012-10-17 or 2008-10-17");
        }
        var statement = document.Required("Statement");
        var list =
            statement.ValueKind == JsonValueKind.Array
                ? statement.EnumerateArray().ToArray()
                : [statement];
        if (list.Length == 0)
        {
            throw document.Refused("Statement", "must not be empty");
        }
        var statements = list.Select(
                (item, index) => ParseStatement(item, kind, $"{where}: statement {index + 1}")
            )
            .ToArray();
        RefuseRepeatedSids(statements, where);
        return new PolicyDocument(statements);
    }

    /// <summary>
    /// Where the first null is, as in <c>Statement[0].Condition</c>; empty for the whole, null when there is none. No
    /// element of the grammar can be null, and one read as absent would grant without its condition.
    /// </summary>
    private static string? PathOfNull(JsonElement json, string path = "") =>
        json.ValueKind switch
        {
            JsonValueKind.Null => path,
            JsonValueKind.Object => json.EnumerateObject()
                .Select(member =>
                    PathOfNull(
                        member.Value,
                        path.Length == 0 ? member.Name : $"{path}.{member.Name}"
                    )
                )
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => json.EnumerateArray()
                .Select((item, index) => PathOfNull(item, $"{path}[{index}]"))
                .FirstOrDefault(found => found is not null),
            _ => null,
        };

    private static Statement ParseStatement(JsonElement json, PolicyKind kind, string where)
    {
        // NotPrincipal, NotAction and NotResource are refused as unsupported members, like every other.
        ReadOnlySpan<string> known =
            kind == PolicyKind.Trust
                ? ["Sid", "Effect", "Principal", "Action", "Condition"]
                : ["Sid", "Effect", "Action", "Resource", "Condition"];
        var statement = new StrictObject(json, where, known);
        var sid = statement.OptionalText("Sid");
        if (sid is not null && !sid.All(char.IsAsciiLetterOrDigit))
        {
            throw statement.Refused("Sid", "must be letters and digits only");
        }
        var effect = statement.Text("Effect") switch
        {
            "Allow" => Effect.Allow,
            "Deny" => Effect.Deny,
            _ => throw statement.Refused("Effect", "must be Allow or Deny"),
        };
        return new Statement(
            sid,
            effect,
            kind == PolicyKind.Trust
                ? PrincipalParser.Parse(statement.Required("Principal"), where)
                : [],
            ParseActions(statement, kind),
            kind == PolicyKind.Permission ? ParseResources(statement) : [],
            statement.Optional("Condition") is { } condition
                ? ConditionParser.Parse(condition, where)
                : []
        );
    }

    private static IReadOnlyList<string> ParseActions(StrictObject statement, PolicyKind kind)
    {
        var actions = OneOrMore(statement.Required("Action"), "Action", statement);
        foreach (var action in actions)
        {
            var parts = action.Split(':');
            var wellFormed = action == "*" || parts is [{ Length: > 0 }, { Length: > 0 }];
            if (!wellFormed || action.Any(c => !IsActionCharacter(c)))
            {
                throw statement.Refused(
                    "Action",
                    $"has '{action}', which is not of the form service:action"
                );
            }
            if (
                kind == PolicyKind.Trust
                && !action.StartsWith("sts:", StringComparison.OrdinalIgnoreCase)
            )
            {
                throw statement.Refused(
                    "Action",
                    $"has '{action}'; AssumeRole policy may only specify STS AssumeRole actions"
                );
            }
        }
        return actions;
    }

    private static bool IsActionCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is ':' or '*' or '?' or '-';

    private static IReadOnlyList<string> ParseResources(StrictObject statement)
    {
        var resources = OneOrMore(statement.Required("Resource"), "Resource", statement);
        foreach (var resource in resources)
        {
            if (
                resource != "*"
                && (
                    !resource.StartsWith("arn:", StringComparison.Ordinal)
                    || resource.Split(':').Length < 6
                )
            )
            {
                throw statement.Refused(
                    "Resource",
                    $"has '{resource}', which is neither an ARN nor *"
                );
            }
        }
        return resources;
    }

    /// <summary>A string or a list of strings; policy variables are refused, since they would not be filled in.</summary>
    internal static IReadOnlyList<string> OneOrMore(
        JsonElement value,
        string name,
        StrictObject parent
    )
    {
        var items =
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        if (items.Length == 0 || items.Any(item => item.ValueKind != JsonValueKind.String))
        {
            throw parent.Refused(name, "must be a string or a list of strings, and not empty");
        }
        var texts = items.Select(item => item.GetString()!).ToArray();
        return
            texts.FirstOrDefault(text => text.Contains("${", StringComparison.Ordinal))
                is { } variable
            ? throw parent.Refused(name, $"has the policy variable '{variable}', not supported")
            : texts;
    }

    private static void RefuseRepeatedSids(IEnumerable<Statement> statements, string where)
    {
        var repeated = statements
            .Where(statement => statement.Sid is not null)
            .GroupBy(statement => statement.Sid)
            .FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null)
        {
            throw new DocumentRefusedException(
                $"{where}: Statement IDs (SID) in a single policy must be unique; '{repeated.Key}' is not."
            );
        }
    }
}
