namespace Buttonize.LocalAws.Iam;

/// <summary>
/// A text that may have variables in it, such as <c>arn:aws:s3:::${aws:PrincipalTag/team, 'all'}/*</c> ("IAM policy
/// elements: Variables and tags"). Only Version 2012-10-17 has variables; before, <c>${</c> is two characters like others.
/// </summary>
internal sealed class PolicyText
{
    private const string Opening = "${";

    private readonly IReadOnlyList<Part> parts;
    private readonly Glyph[]? constant;

    private PolicyText(IReadOnlyList<Part> parts)
    {
        this.parts = parts;
        constant = parts.All(part => part.Key is null)
            ? [.. parts.SelectMany(part => part.Written)]
            : null;
    }

    public bool HasVariables => constant is null;

    /// <param name="refuse">Makes the exception for a variable that is malformed or not supported.</param>
    public static PolicyText Parse(
        string text,
        bool hasVariables,
        Func<string, DocumentRefusedException> refuse
    )
    {
        var parts = new List<Part>();
        var rest = text;
        while (
            hasVariables && rest.IndexOf(Opening, StringComparison.Ordinal) is >= 0 and var opening
        )
        {
            var closing = rest.IndexOf('}', opening);
            if (closing < 0)
            {
                throw refuse($"has '{text}', in which a policy variable has no end");
            }
            parts.Add(new Part(Pattern.Of(rest[..opening])));
            parts.Add(Variable(rest[(opening + Opening.Length)..closing], refuse));
            rest = rest[(closing + 1)..];
        }
        parts.Add(new Part(Pattern.Of(rest)));
        return new PolicyText(parts);
    }

    /// <returns>
    /// Null when a variable without default has no value: such a text equals nothing, and resembles nothing.
    /// </returns>
    public Glyph[]? Resolve(RequestContext context)
    {
        if (constant is not null)
        {
            return constant;
        }
        var resolved = new List<Glyph>();
        foreach (var part in parts)
        {
            // An empty value is none ("Policy variables with no value").
            var value =
                part.Key is null ? null
                : context.Find(part.Key) is [{ Length: > 0 } found] ? found
                : part.Default;
            if (part.Key is not null && value is null)
            {
                return null;
            }
            resolved.AddRange(value is null ? part.Written : value.Select(Glyph.Literal));
        }
        return [.. resolved];
    }

    private static Part Variable(string inside, Func<string, DocumentRefusedException> refuse)
    {
        // The three that stand for a character which would mean something else.
        if (inside is "*" or "?" or "$")
        {
            return new Part([Glyph.Literal(inside[0])]);
        }
        var comma = inside.IndexOf(',', StringComparison.Ordinal);
        var name = (comma < 0 ? inside : inside[..comma]).Trim();
        var fallback = comma < 0 ? null : inside[(comma + 1)..].Trim();
        if (fallback is not null && fallback is not ['\'', .., '\''])
        {
            throw refuse(
                $"has the policy variable '${{{inside}}}', whose default is not in single quotes"
            );
        }
        if (ConditionKeys.Known(name) is not { IsMultivalued: false } key)
        {
            throw refuse($"has the policy variable '${{{inside}}}', which is not supported");
        }
        return new Part([], key.Name, fallback?[1..^1]);
    }

    /// <param name="Key">Null for text as it is written.</param>
    private sealed record Part(Glyph[] Written, string? Key = null, string? Default = null);
}
