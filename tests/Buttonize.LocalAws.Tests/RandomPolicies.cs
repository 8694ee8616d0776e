using System.Text.Json.Nodes;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>A trust policy, the caller's own policy, and a request: all that a decision about AssumeRole depends on.</summary>
internal sealed record PolicyCase(JsonObject Trust, JsonObject? Own, string Request)
{
    public override string ToString() =>
        $"trust {Trust.ToJsonString()}\nown {Own?.ToJsonString() ?? "none"}\nrequest {Request}";
}

/// <summary>
/// Valid policies and requests over so small an alphabet that they often meet: every operator, every kind of key, both
/// effects, both polarities of each element.
/// </summary>
internal static class RandomPolicies
{
    /// <summary>Operators that have an opposite: one of the two holds, unless a set operator is in front.</summary>
    public static readonly (string Positive, string Negated)[] Opposites =
    [
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
        ("ArnEquals", "ArnNotEquals"),
        ("ArnLike", "ArnNotLike"),
        ("IpAddress", "NotIpAddress"),
    ];

    private static readonly string[] Ordered =
    [
        "LessThan",
        "LessThanEquals",
        "GreaterThan",
        "GreaterThanEquals",
    ];

    private static readonly string[] SingleKeys =
    [
        "sts:ExternalId",
        "sts:SourceIdentity",
        "sts:RoleSessionName",
        "aws:RequestTag/a",
        "aws:RequestTag/b",
        "aws:PrincipalTag/a",
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:TokenIssueTime",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:SourceIp",
        "aws:SecureTransport",
        "aws:SourceIdentity",
    ];

    public static readonly Gen<string> Operator = AnyOf([
        .. Opposites.SelectMany(pair => new[] { pair.Positive, pair.Negated }),
        .. Ordered.SelectMany(order => new[] { "Numeric" + order, "Date" + order }),
        "Bool",
    ]);

    public static readonly Gen<string> SingleKey = AnyOf(SingleKeys);

    /// <summary>One operator with one key, as the content of a Condition element.</summary>
    public static readonly Gen<JsonObject> Condition = Gen.OneOf(
        Gen.Select(
                AnyOf("", "ForAllValues:", "ForAnyValue:"),
                Operator,
                AnyOf("", "", "IfExists"),
                SingleKey,
                (set, name, suffix, key) => (Name: set + name + suffix, Family: name, Key: key)
            )
            .SelectMany(made =>
                Values(made.Family).Select(some => Block(made.Name, made.Key, some))
            ),
        Gen.Select(
            AnyOf("ForAllValues:", "ForAnyValue:"),
            AnyOf("StringEquals", "StringNotEquals", "StringLike"),
            AnyOf("aws:TagKeys", "sts:TransitiveTagKeys"),
            Values("String"),
            (set, name, key, some) => Block(set + name, key, some)
        ),
        Gen.Select(SingleKey, AnyOf("true", "false"), (key, some) => Block("Null", key, [some]))
    );

    public static readonly Gen<JsonObject> TrustStatement = Gen.Select(
        AnyOf("Allow", "Allow", "Allow", "Deny"),
        AnyOf(
            "*",
            LocalAws.CallerAccount,
            $"arn:aws:iam::{LocalAws.CallerAccount}:root",
            LocalAws.CallerArn,
            LocalAws.CustomerAccount,
            $"arn:aws:iam::{LocalAws.CallerAccount}:user/other"
        ).Array[1, 2],
        AnyOf("Action", "Action", "NotAction"),
        AnyOf(
            "sts:AssumeRole",
            "sts:TagSession",
            "sts:SetSourceIdentity",
            "sts:*",
            "sts:?ag*"
        ).Array[1, 3],
        Condition.Array[0, 2],
        Gen.Int[0, 4],
        (effect, who, action, actions, conditions, not) =>
        {
            var principal = effect == "Deny" && not == 0 ? "NotPrincipal" : "Principal";
            var statement = new JsonObject
            {
                ["Effect"] = effect,
                [principal] = new JsonObject { ["AWS"] = List(who) },
                [action] = List(actions),
            };
            return WithConditions(statement, conditions);
        }
    );

    public static readonly Gen<JsonObject> OwnStatement = Gen.Select(
        AnyOf("Allow", "Allow", "Deny"),
        AnyOf("Action", "NotAction"),
        AnyOf("sts:AssumeRole", "sts:TagSession", "sts:*", "*").Array[1, 2],
        AnyOf("Resource", "NotResource"),
        AnyOf("*", LocalAws.RoleArn, "arn:aws:iam::*:role/D*", "arn:aws:iam::*:role/x").Array[1, 2],
        Condition.Array[0, 1],
        (effect, action, actions, resource, resources, conditions) =>
            WithConditions(
                new JsonObject
                {
                    ["Effect"] = effect,
                    [action] = List(actions),
                    [resource] = List(resources),
                },
                conditions
            )
    );

    public static readonly Gen<string> Request = Gen.Select(
        AnyOf("", "ExternalId=aa", "ExternalId=ab", "ExternalId=12"),
        AnyOf("", "SourceIdentity=aa", "SourceIdentity=ab"),
        AnyOf("", "tag:a=", "tag:a=aa", "tag:a=12", "tag:a=2026-01-01", "tag:a=true"),
        AnyOf("", "tag:b=ab", "tag:b=10.0.0.1", $"tag:b={LocalAws.CallerArn}"),
        Gen.Bool,
        (externalId, sourceIdentity, a, b, transitive) =>
            $"{externalId} {sourceIdentity} {a} {b}{(transitive && a.Length > 0 ? " transitive:a" : "")}"
    );

    /// <summary>Of which about half are granted: most have a statement on both sides that allows all.</summary>
    public static readonly Gen<PolicyCase> Case = Gen.Select(
        TrustStatement.Array[0, 3],
        OwnStatement.Array[0, 2],
        Request,
        Gen.Int[0, 9],
        (trust, own, request, open) =>
            new PolicyCase(
                Policies.Document([
                    .. trust,
                    .. open > 1 || trust.Length == 0
                        ? new[] { Policies.Statement("Allow", "sts:*") }
                        : [],
                ]),
                own.Length == 0
                    ? null
                    : Policies.Document([
                        .. own,
                        .. open > 0
                            ?
                            [
                                Policies.Permission("Allow", "*", "*")["Statement"]![0]!
                                    .DeepClone()
                                    .AsObject(),
                            ]
                            : Array.Empty<JsonObject>(),
                    ]),
                request
            )
    );

    /// <summary>Values of an operator's type.</summary>
    public static Gen<string[]> Values(string @operator) =>
        (
            @operator switch
            {
                ['N', 'u', 'm', ..] => AnyOf("12", "12.0", "-1", "1767268800"),
                ['D', ..] => AnyOf("2026-01-01", "2026-01-01T12:00:00Z", "1767268800", "2030-06"),
                ['B', ..] => AnyOf("true", "false"),
                ['A', ..] => AnyOf(LocalAws.CallerArn, "arn:aws:iam::*:user/*", "arn:*:*:*:*:x"),
                ['I', ..] or ['N', 'o', ..] => AnyOf("127.0.0.1", "10.0.0.0/8", "::/0"),
                _ => AnyOf("a", "b", "aa", "AB", "a*", "?b", "*", "12", "${aws:PrincipalTag/a}"),
            }
        ).Array[1, 2];

    public static JsonObject Block(string @operator, string key, string[] values) =>
        new() { [@operator] = new JsonObject { [key] = List(values) } };

    /// <summary>Adds blocks to a statement's conditions; an operator that it has already is left as it is.</summary>
    public static JsonObject WithConditions(JsonObject statement, params JsonObject[] blocks)
    {
        var condition = statement["Condition"]?.AsObject() ?? [];
        foreach (var (name, block) in blocks.SelectMany(block => block))
        {
            if (!condition.ContainsKey(name))
            {
                condition[name] = block!.DeepClone();
            }
        }
        statement.Remove("Condition");
        if (condition.Count > 0)
        {
            statement["Condition"] = condition;
        }
        return statement;
    }

    public static Gen<T> AnyOf<T>(params T[] items) =>
        Gen.Int[0, items.Length - 1].Select(index => items[index]);

    private static JsonNode List(string[] items)
    {
        var distinct = items.Distinct().ToArray();
        return distinct.Length == 1
            ? distinct[0]
            : new JsonArray([.. distinct.Select(item => (JsonNode)item)]);
    }
}
