using System.Text.Json;

namespace Buttonize.LocalAws.Iam;

/// <summary>
/// Reads the Condition element; every operator and key that is not understood is refused by name. An empty element is no
/// condition, as in IAM; an operator without a key is not in the grammar, and refused.
/// </summary>
internal static class ConditionParser
{
    public static IReadOnlyList<Condition> Parse(JsonElement json, string where)
    {
        var here = $"{where}: Condition";
        var operators = new StrictObject(
            json,
            here,
            nameof(ConditionOperator.StringEquals),
            nameof(ConditionOperator.StringLike)
        );
        var conditions = new List<Condition>();
        foreach (var @operator in Enum.GetValues<ConditionOperator>())
        {
            if (operators.Optional(@operator.ToString()) is { } block)
            {
                conditions.AddRange(ParseBlock(block, @operator, $"{here}: {@operator}"));
            }
        }
        return conditions;
    }

    private static List<Condition> ParseBlock(
        JsonElement block,
        ConditionOperator @operator,
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
        var unknown = names.FirstOrDefault(name => ConditionKeys.Known(name) is null);
        if (unknown is not null)
        {
            throw new DocumentRefusedException(
                $"{where} has the condition key '{unknown}', which is not supported."
            );
        }
        // Keys ignore case, so two spellings of one key are a duplicate too.
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
        {
            throw new DocumentRefusedException($"{where} has a condition key more than once.");
        }
        var keys = new StrictObject(block, where, names);
        return
        [
            .. names.Select(name => new Condition(
                @operator,
                ConditionKeys.Known(name)!,
                PolicyParser.OneOrMore(keys.Required(name), name, keys)
            )),
        ];
    }
}
