using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>
/// Reads the Condition element; every operator, key and value that is not understood is refused by name. An empty element
/// is no condition, as in IAM; an operator without a key is not in the grammar, and refused.
/// </summary>
internal static class ConditionParser
{
    public static IReadOnlyList<Condition> Parse(JsonElement json, bool hasVariables, string where)
    {
        var here = $"{where}: Condition";
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentRefusedException($"{here} must be a JSON object.");
        }
        var names = json.EnumerateObject().Select(property => property.Name).ToArray();
        var unknown = names.FirstOrDefault(name => ConditionOperator.TryParse(name) is null);
        if (unknown is not null)
        {
            throw new DocumentRefusedException(
                $"{here} has the member '{unknown}', which is not supported."
            );
        }
        var operators = new StrictObject(json, here, names);
        return
        [
            .. names.SelectMany(name =>
                ParseBlock(operators.Required(name), name, hasVariables, $"{here}: {name}")
            ),
        ];
    }

    private static List<Condition> ParseBlock(
        JsonElement block,
        string operatorName,
        bool hasVariables,
        string where
    )
    {
        if (block.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentRefusedException($"{where} must be a JSON object.");
        }
        var names = block.EnumerateObject().Select(property => property.Name).ToArray();
        if (names.Length == 0)
        {
            throw new DocumentRefusedException($"{where} must have a condition key.");
        }
        // Keys ignore case, so two spellings of one key are a duplicate too.
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
        {
            throw new DocumentRefusedException($"{where} has a condition key more than once.");
        }
        var keys = new StrictObject(block, where, names);
        var @operator = ConditionOperator.TryParse(operatorName)!;
        return
        [
            .. names.Select(name => new Condition(
                @operator,
                ParseKey(name, @operator, where),
                ParseValues(keys, name, @operator, hasVariables)
            )),
        ];
    }

    private static ConditionKey ParseKey(string name, ConditionOperator @operator, string where)
    {
        var key =
            ConditionKeys.Known(name)
            ?? throw new DocumentRefusedException(
                $"{where} has the condition key '{name}', which is not supported."
            );
        // AWS says that these keys require one, and not what happens without.
        var lacksQualifier =
            key.IsMultivalued
            && @operator is { Qualifier: SetQualifier.None, Comparison: not null };
        return lacksQualifier
            ? throw new DocumentRefusedException(
                $"{where} has the condition key '{name}', which is multivalued and requires ForAllValues or ForAnyValue."
            )
            : key;
    }

    private static IReadOnlyList<PolicyText> ParseValues(
        StrictObject keys,
        string name,
        ConditionOperator @operator,
        bool hasVariables
    )
    {
        var value = keys.Required(name);
        var items =
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        if (items.Length == 0)
        {
            throw keys.Refused(name, "must have a value");
        }
        return [.. items.Select(One)];

        PolicyText One(JsonElement item)
        {
            var text =
                TextOf(item) ?? throw keys.Refused(name, "must be a string, a number or a Boolean");
            var takesVariables = @operator.Comparison is { TakesVariables: true };
            var parsed = PolicyText.Parse(text, hasVariables, reason => keys.Refused(name, reason));
            if (parsed.HasVariables && !takesVariables)
            {
                throw keys.Refused(
                    name,
                    $"has a policy variable in '{text}', which only string and ARN operators take"
                );
            }
            return IsValid(text, @operator)
                ? parsed
                : throw keys.Refused(name, $"has '{text}', which is not of the operator's type");
        }
    }

    private static bool IsValid(string text, ConditionOperator @operator) =>
        @operator.Comparison is { } comparison
            ? comparison.IsOfType(text)
            : Comparison.TryBool(text, out _);

    /// <summary>"Grammar of the IAM JSON policy language": a value is a string, a number or a Boolean.</summary>
    private static string? TextOf(JsonElement item) =>
        item.ValueKind switch
        {
            JsonValueKind.String => item.GetString(),
            JsonValueKind.Number => item.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
}
