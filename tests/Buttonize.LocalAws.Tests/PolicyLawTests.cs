using System.Text.Json.Nodes;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>Laws that hold for every policy and every request, whatever the policies say.</summary>
public sealed class PolicyLawTests
{
    private const int Cases = 400;

    /// <summary>Otherwise the laws below would say nothing.</summary>
    [Fact]
    public async Task Of_the_random_cases_many_are_granted_and_many_are_not()
    {
        await using var aws = await LocalAws.StartAsync();
        var granted = 0;
        await RandomPolicies.Case.SampleAsync(
            async given => granted += await GrantsAsync(aws, given) ? 1 : 0,
            iter: Cases,
            threads: 1
        );
        granted.Should().BeInRange(Cases / 4, Cases * 3 / 4);
    }

    [Fact]
    public Task A_deny_never_grants() =>
        ShouldHold(
            Gen.Select(RandomPolicies.Case, RandomPolicies.TrustStatement, Gen.Bool),
            async (aws, drawn) =>
            {
                var (given, statement, front) = drawn;
                var deny = Clone(statement);
                deny["Effect"] = "Deny";
                var more = Changed(given, all => all.Insert(front ? 0 : all.Count, deny));
                return !await GrantsAsync(aws, more) || await GrantsAsync(aws, given);
            }
        );

    [Fact]
    public Task A_deny_of_the_callers_own_never_grants() =>
        ShouldHold(
            Gen.Select(RandomPolicies.Case, RandomPolicies.OwnStatement),
            async (aws, drawn) =>
            {
                var (given, statement) = drawn;
                var deny = Clone(statement);
                deny["Effect"] = "Deny";
                var own = Clone(given.Own ?? Policies.Permission("Allow", "*", "*"));
                own["Statement"]!.AsArray().Add(deny);
                return !await GrantsAsync(aws, given with { Own = own })
                    || await GrantsAsync(aws, given);
            }
        );

    [Fact]
    public Task Removing_an_allow_never_grants() =>
        ShouldHold(
            Gen.Select(RandomPolicies.Case, RandomPolicies.TrustStatement),
            async (aws, drawn) =>
            {
                var (given, statement) = drawn;
                var allow = Clone(statement);
                if (allow.ContainsKey("NotPrincipal"))
                {
                    return true;
                }
                allow["Effect"] = "Allow";
                var more = Changed(given, all => all.Add(allow));
                return !await GrantsAsync(aws, given) || await GrantsAsync(aws, more);
            }
        );

    [Fact]
    public Task A_condition_on_an_allow_never_grants_and_on_a_deny_never_refuses() =>
        ShouldHold(
            Gen.Select(RandomPolicies.Case, RandomPolicies.Condition, Gen.Int[0, 100]),
            async (aws, drawn) =>
            {
                var (given, condition, place) = drawn;
                var isDeny = false;
                var narrower = Changed(
                    given,
                    all =>
                    {
                        var statement = all[place % all.Count]!.AsObject();
                        isDeny = statement["Effect"]!.GetValue<string>() == "Deny";
                        RandomPolicies.WithConditions(statement, condition);
                    }
                );
                var before = await GrantsAsync(aws, given);
                var after = await GrantsAsync(aws, narrower);
                return isDeny ? !before || after : before || !after;
            }
        );

    [Fact]
    public Task The_order_of_statements_and_of_list_items_does_not_matter() =>
        ShouldHold(
            RandomPolicies.Case,
            async (aws, given) =>
            {
                var reversed = given with
                {
                    Trust = (JsonObject)Reversed(given.Trust),
                    Own = (JsonObject?)(given.Own is null ? null : Reversed(given.Own)),
                };
                return await GrantsAsync(aws, given) == await GrantsAsync(aws, reversed);
            }
        );

    [Fact]
    public Task A_list_of_actions_is_as_good_as_a_statement_for_each() =>
        ShouldHold(
            RandomPolicies.Case,
            async (aws, given) =>
            {
                var split = Changed(
                    given,
                    all =>
                    {
                        foreach (var statement in all.Select(s => s!.AsObject()).ToArray())
                        {
                            if (statement["Action"] is JsonArray actions)
                            {
                                all.Remove(statement);
                                foreach (var action in actions)
                                {
                                    var one = Clone(statement);
                                    one["Action"] = action!.DeepClone();
                                    all.Add(one);
                                }
                            }
                        }
                    }
                );
                return await GrantsAsync(aws, given) == await GrantsAsync(aws, split);
            }
        );

    [Fact]
    public Task IfExists_is_the_operator_or_the_missing_key() =>
        ShouldHold(
            Gen.Select(RandomPolicies.SingleKey, RandomPolicies.Operator, RandomPolicies.Request)
                .SelectMany(drawn =>
                    RandomPolicies
                        .Values(drawn.Item2)
                        .Select(values => (drawn.Item1, drawn.Item2, drawn.Item3, Values: values))
                ),
            async (aws, drawn) =>
            {
                var (key, name, request, values) = drawn;
                var lenient = await HoldsAsync(aws, Block(name + "IfExists"), request);
                var plain = await HoldsAsync(aws, Block(name), request);
                var missing = await HoldsAsync(
                    aws,
                    RandomPolicies.Block("Null", key, ["true"]),
                    request
                );
                return lenient == (plain || missing);

                JsonObject Block(string @operator) => RandomPolicies.Block(@operator, key, values);
            }
        );

    [Fact]
    public Task An_operator_and_its_opposite_never_hold_both() =>
        ShouldHold(
            OppositesOn(RandomPolicies.SingleKey),
            async (aws, drawn) => await HoldingAsync(aws, drawn) is not (true, true)
        );

    [Fact]
    public Task Where_the_key_is_missing_or_of_the_type_one_of_the_two_holds() =>
        ShouldHold(
            OppositesOn(RandomPolicies.AnyOf("aws:TokenIssueTime", "by type")),
            async (aws, drawn) =>
            {
                var key = drawn.Pair.Positive switch
                {
                    _ when drawn.Key != "by type" => drawn.Key,
                    ['N', ..] => "aws:EpochTime",
                    ['D', ..] => "aws:CurrentTime",
                    ['A', ..] => "aws:PrincipalArn",
                    ['I', ..] => "aws:SourceIp",
                    _ => "sts:RoleSessionName",
                };
                var (holds, oppositeHolds) = await HoldingAsync(aws, drawn with { Key = key });
                return holds != oppositeHolds;
            }
        );

    private static Gen<Drawn> OppositesOn(Gen<string> keys) =>
        Gen.Select(keys, RandomPolicies.AnyOf(RandomPolicies.Opposites), RandomPolicies.Request)
            .SelectMany(drawn =>
                RandomPolicies
                    .Values(drawn.Item2.Positive)
                    .Select(values => new Drawn(drawn.Item1, drawn.Item2, values, drawn.Item3))
            );

    private static async Task<(bool, bool)> HoldingAsync(LocalAws aws, Drawn drawn) =>
        (
            await HoldsAsync(
                aws,
                RandomPolicies.Block(drawn.Pair.Positive, drawn.Key, drawn.Values),
                drawn.Request
            ),
            await HoldsAsync(
                aws,
                RandomPolicies.Block(drawn.Pair.Negated, drawn.Key, drawn.Values),
                drawn.Request
            )
        );

    private sealed record Drawn(
        string Key,
        (string Positive, string Negated) Pair,
        string[] Values,
        string Request
    );

    /// <summary>The missing key: nothing but negated operators, IfExists, ForAllValues and Null is satisfied by it.</summary>
    [Fact]
    public Task A_missing_key_satisfies_no_positive_operator() =>
        ShouldHold(
            RandomPolicies
                .AnyOf(RandomPolicies.Opposites)
                .SelectMany(pair => RandomPolicies.Values(pair.Positive).Select(v => (pair, v))),
            async (aws, drawn) =>
            {
                var ((positive, negated), values) = drawn;
                bool[] held =
                [
                    await HoldsAsync(aws, Block(positive), ""),
                    await HoldsAsync(aws, Block(negated), ""),
                    await HoldsAsync(aws, Block(positive + "IfExists"), ""),
                    await HoldsAsync(aws, Block("ForAllValues:" + positive), ""),
                    await HoldsAsync(aws, Block("ForAnyValue:" + negated), ""),
                ];
                return held is [false, true, true, true, false];

                JsonObject Block(string name) =>
                    RandomPolicies.Block(name, "sts:ExternalId", values);
            }
        );

    private static async Task ShouldHold<T>(Gen<T> gen, Func<LocalAws, T, Task<bool>> law)
    {
        await using var aws = await LocalAws.StartAsync();
        await gen.SampleAsync(drawn => law(aws, drawn), iter: Cases, threads: 1);
    }

    /// <summary>Whether a condition holds, by letting only it decide.</summary>
    private static Task<bool> HoldsAsync(LocalAws aws, JsonObject condition, string request) =>
        GrantsAsync(
            aws,
            new PolicyCase(
                Policies.Document(
                    RandomPolicies.WithConditions(
                        Policies.Statement("Allow", "sts:AssumeRole"),
                        condition
                    ),
                    Policies.Statement("Allow", """["sts:TagSession", "sts:SetSourceIdentity"]""")
                ),
                null,
                request
            )
        );

    private static async Task<bool> GrantsAsync(LocalAws aws, PolicyCase given)
    {
        await aws.PutRoleAsync(given.Trust);
        await aws.PutCallerAsync(given.Own);
        var answer = await aws.AssumeAsync(AssumeRoleText.Parse(given.Request));
        if (!answer.Ok)
        {
            answer.Error.Should().Be("403 AccessDenied", given.ToString());
        }
        return answer.Ok;
    }

    private static JsonObject Clone(JsonObject node) => node.DeepClone().AsObject();

    private static PolicyCase Changed(PolicyCase given, Action<JsonArray> change)
    {
        var trust = Clone(given.Trust);
        change(trust["Statement"]!.AsArray());
        return given with { Trust = trust };
    }

    private static JsonNode Reversed(JsonNode node) =>
        node switch
        {
            JsonArray list => new JsonArray([.. list.Reverse().Select(item => Reversed(item!))]),
            JsonObject map => new JsonObject(
                map.Reverse()
                    .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Reversed(pair.Value!)))
            ),
            _ => node.DeepClone(),
        };
}
