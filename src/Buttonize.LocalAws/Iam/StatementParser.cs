using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>Reads one statement of a policy.</summary>
/// <param name="partition">Of the role, in a trust policy.</param>
/// <param name="hasVariables">Whether the policy's version has policy variables.</param>
/// <param name="where">Names the statement in refusals.</param>
internal sealed class StatementParser(
    PolicyKind kind,
    string partition,
    bool hasVariables,
    string where
)
{
    private const int ArnSegments = 6;

    /// <summary>What a trust policy can be about ("Actions, resources, and condition keys for AWS Security Token Service").</summary>
    private static readonly string[] RoleActions =
    [
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:SetContext",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    ];

    /// <exception cref="DocumentRefusedException">Something in it is wrong or not supported.</exception>
    public Statement Parse(JsonElement json)
    {
        ReadOnlySpan<string> known =
            kind == PolicyKind.Trust
                ? ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"]
                : ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
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
            kind == PolicyKind.Trust ? Principals(statement, effect) : null,
            Actions(statement),
            kind == PolicyKind.Trust ? null : Resources(statement),
            statement.Optional("Condition") is { } condition
                ? ConditionParser.Parse(condition, hasVariables, where)
                : []
        );
    }

    private Listed<TrustedPrincipal> Principals(StrictObject statement, Effect effect)
    {
        var (name, allBut, value) = OneOf(statement, "Principal", "NotPrincipal");
        // With Allow it would let in whoever is not listed, the anonymous too; AWS does not support it.
        return allBut && effect == Effect.Allow
            ? throw statement.Refused(name, "must be used with Deny")
            : new Listed<TrustedPrincipal>(
                PrincipalParser.Parse(value, partition, name, where),
                allBut
            );
    }

    private Listed<Glyph[]> Actions(StrictObject statement)
    {
        var (name, allBut, value) = OneOf(statement, "Action", "NotAction");
        var actions = Texts(value, name, statement);
        foreach (var action in actions)
        {
            var parts = action.Split(':');
            var wellFormed = action == "*" || parts is [{ Length: > 0 }, { Length: > 0 }];
            if (!wellFormed || action.Any(c => !IsActionCharacter(c)))
            {
                throw statement.Refused(
                    name,
                    $"has '{action}', which is not of the form service:action"
                );
            }
            if (kind == PolicyKind.Trust && !IsAboutRoles(action))
            {
                throw statement.Refused(
                    name,
                    $"has '{action}'; AssumeRole policy may only specify STS AssumeRole actions"
                );
            }
        }
        return new Listed<Glyph[]>([.. actions.Select(Pattern.Of)], allBut);
    }

    /// <summary>A pattern has to match one of them, so that a misspelt action is not one that never happens.</summary>
    private static bool IsAboutRoles(string action) =>
        action.StartsWith("sts:", StringComparison.OrdinalIgnoreCase)
        && RoleActions.Any(known => Pattern.Matches(Pattern.Of(action), known, ignoreCase: true));

    private static bool IsActionCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is ':' or '*' or '?' or '-';

    private Listed<PolicyText> Resources(StrictObject statement)
    {
        var (name, allBut, value) = OneOf(statement, "Resource", "NotResource");
        return new Listed<PolicyText>(
            [.. Texts(value, name, statement).Select(text => Resource(text, name, statement))],
            allBut
        );
    }

    private PolicyText Resource(string text, string name, StrictObject statement)
    {
        var segments = text.Split(':', ArnSegments);
        if (kind == PolicyKind.Permission && segments is ["arn", _, ..])
        {
            // "AWS automatically completes the ARN by adding wildcard characters" ("IAM ARNs"), except in session policies.
            text += string.Concat(Enumerable.Repeat(":*", ArnSegments - segments.Length));
            segments = text.Split(':', ArnSegments);
        }
        if (text != "*" && !IsArn(segments))
        {
            throw statement.Refused(name, $"has '{text}', which is neither an ARN nor *");
        }
        // "… only in the resource portion of the ARN" ("Where you can use policy variables").
        return
            hasVariables
            && segments.SkipLast(1).Any(segment => segment.Contains("${", StringComparison.Ordinal))
            ? throw statement.Refused(
                name,
                $"has '{text}', with a policy variable before the fifth colon"
            )
            : PolicyText.Parse(text, hasVariables, reason => statement.Refused(name, reason));
    }

    /// <summary>"You can't use a wildcard in the service segment" ("IAM JSON policy elements: Resource").</summary>
    private static bool IsArn(string[] segments) =>
        segments is ["arn", { Length: > 0 }, { Length: > 0 } service, _, _, { Length: > 0 }]
        && !service.AsSpan().ContainsAny('*', '?');

    /// <summary>Of two elements that exclude each other, the one that is there.</summary>
    private static (string Name, bool AllBut, JsonElement Value) OneOf(
        StrictObject statement,
        string name,
        string notName
    )
    {
        if (!statement.Has(notName))
        {
            return (name, false, statement.Required(name));
        }
        return statement.Has(name)
            ? throw statement.Refused(notName, $"must not stand beside '{name}'")
            : (notName, true, statement.Required(notName));
    }

    /// <summary>A string or a list of strings.</summary>
    internal static IReadOnlyList<string> Texts(JsonElement value, string name, StrictObject parent)
    {
        var items =
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        return items.Length == 0 || items.Any(item => item.ValueKind != JsonValueKind.String)
            ? throw parent.Refused(name, "must be a string or a list of strings, and not empty")
            : [.. items.Select(item => item.GetString()!)];
    }
}
