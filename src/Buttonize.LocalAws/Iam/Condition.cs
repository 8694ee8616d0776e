namespace Buttonize.LocalAws.Iam;

internal enum SetQualifier
{
    None,
    ForAllValues,
    ForAnyValue,
}

/// <summary>
/// An operator as a policy names it: <c>StringEquals</c>, <c>ForAllValues:StringLike</c>, <c>BoolIfExists</c>, ….
/// </summary>
/// <param name="Comparison">Null for the operator Null, which only asks whether the key is there.</param>
internal sealed record ConditionOperator(
    SetQualifier Qualifier,
    Comparison? Comparison,
    bool IfExists
)
{
    private const string IfExistsSuffix = "IfExists";
    private const string NullName = "Null";

    /// <returns>Null when there is no such operator. Null itself takes neither qualifier nor IfExists.</returns>
    public static ConditionOperator? TryParse(string name)
    {
        if (name == NullName)
        {
            return new ConditionOperator(SetQualifier.None, null, IfExists: false);
        }
        var qualifier = SetQualifier.None;
        foreach (var candidate in new[] { SetQualifier.ForAllValues, SetQualifier.ForAnyValue })
        {
            var prefix = candidate + ":";
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                qualifier = candidate;
                name = name[prefix.Length..];
                break;
            }
        }
        var ifExists = name.EndsWith(IfExistsSuffix, StringComparison.Ordinal);
        return Comparison.ByName.TryGetValue(
            ifExists ? name[..^IfExistsSuffix.Length] : name,
            out var comparison
        )
            ? new ConditionOperator(qualifier, comparison, ifExists)
            : null;
    }
}

/// <summary>One key of a condition block, with the policy's values for it.</summary>
internal sealed record Condition(
    ConditionOperator Operator,
    ConditionKey Key,
    IReadOnlyList<PolicyText> Values
)
{
    /// <summary>
    /// "Evaluation logic for multiple context keys or values" and "Condition operators": the values of a policy are
    /// alternatives, for a negated operator none of them may match.
    /// </summary>
    /// <param name="whenUndefined">
    /// For a value that is not of the operator's type, about which AWS says nothing: false keeps an Allow from applying, true
    /// makes a Deny apply.
    /// </param>
    public bool Holds(RequestContext context, bool whenUndefined)
    {
        var actual = context.Find(Key.Name);
        if (Operator.Comparison is not { } comparison)
        {
            return Values.Any(value => MeansAbsent(value, context) == actual is null);
        }
        // To the set operators an empty text is an empty set ("Multivalued context keys").
        var isEmptySet = actual is null || actual.All(value => value.Length == 0);
        return Operator.Qualifier switch
        {
            // The famous trap: nothing at all satisfies "all of them".
            SetQualifier.ForAllValues => isEmptySet
                || actual!.All(value => Matches(comparison, value, context, whenUndefined)),
            // IfExists changes nothing here: AWS has been seen to refuse ForAnyValue:StringEqualsIfExists without a key.
            SetQualifier.ForAnyValue => !isEmptySet
                && actual!.Any(value => Matches(comparison, value, context, whenUndefined)),
            // A key that is missing is not equal to anything, which is what a negated operator asks for.
            _ => actual is null
                ? Operator.IfExists || comparison.IsNegated
                : Matches(comparison, actual[0], context, whenUndefined),
        };
    }

    private bool Matches(
        Comparison comparison,
        string actual,
        RequestContext context,
        bool whenUndefined
    ) =>
        comparison.IsOfType(actual)
            ? Values.Any(value =>
                value.Resolve(context) is { } expected && comparison.Matches(expected, actual)
            ) != comparison.IsNegated
            : whenUndefined;

    private static bool MeansAbsent(PolicyText value, RequestContext context) =>
        bool.Parse(Pattern.TextOf(value.Resolve(context)));
}
