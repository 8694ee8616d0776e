using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>What is not supported is refused when it is put, by name; it is never skipped.</summary>
public sealed class PolicyLanguageTests
{
    private const string Good =
        """ "Effect": "Allow", "Principal": { "AWS": "081205402391" }, "Action": "sts:AssumeRole" """;

    [Theory]
    [InlineData("""{ %, "NotPrincipal": "*" }""", "'NotPrincipal'")]
    [InlineData("""{ %, "NotAction": "sts:TagSession" }""", "'NotAction'")]
    [InlineData("""{ %, "Resource": "*" }""", "'Resource'")]
    [InlineData("""{ %, "NotResource": "*" }""", "'NotResource'")]
    [InlineData("""{ %, "Effekt": "Deny" }""", "'Effekt'")]
    [InlineData("""{ %, "Effect": "Deny" }""", "'Effect' more than once")]
    [InlineData("""{ %, "Sid": "a b" }""", "'Sid'")]
    [InlineData("""{ %, "Condition": { "StringNotEquals": {} } }""", "'StringNotEquals'")]
    [InlineData("""{ %, "Condition": { "StringEqualsIfExists": {} } }""", "'StringEqualsIfExists'")]
    [InlineData(
        """{ %, "Condition": { "ForAnyValue:StringLike": {} } }""",
        "'ForAnyValue:StringLike'"
    )]
    [InlineData("""{ %, "Condition": { "stringequals": {} } }""", "'stringequals'")]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "aws:PrincipalArn": "x" } } }""",
        "'aws:PrincipalArn'"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": "a", "STS:externalid": "b" } } }""",
        "more than once"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": [] } } }""",
        "'sts:ExternalId'"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": "${aws:username}" } } }""",
        "'${aws:username}'"
    )]
    [InlineData("""{ %, "Condition": { "StringEquals": {} } }""", "must have a condition key")]
    [InlineData("""{ %, "Condition": { "StringLike": {} } }""", "must have a condition key")]
    [InlineData("""{ %, "Condition": null }""", "'Statement[0].Condition' must not be null")]
    [InlineData(
        """{ %, "Condition": { "StringEquals": null } }""",
        "'Statement[0].Condition.StringEquals' must not be null"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": null } } }""",
        "'Statement[0].Condition.StringEquals.sts:ExternalId' must not be null"
    )]
    [InlineData("""{ %, "Sid": null }""", "'Statement[0].Sid' must not be null")]
    [InlineData(
        """{ "Effect": "Allow", "Principal": null, "Action": "sts:AssumeRole" }""",
        "'Statement[0].Principal' must not be null"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", null] }""",
        "'Statement[0].Action[1]' must not be null"
    )]
    [InlineData("""{ "Principal": "*", "Action": "sts:AssumeRole" }""", "'Effect'")]
    [InlineData("""{ "Effect": "Allow", "Principal": "*" }""", "'Action'")]
    [InlineData("""{ "Effect": "Allow", "Action": "sts:AssumeRole" }""", "'Principal'")]
    [InlineData(
        """{ "Effect": "allow", "Principal": "*", "Action": "sts:AssumeRole" }""",
        "'Effect'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": "1", "Action": "sts:AssumeRole" }""",
        "'Principal'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }""",
        "'Service'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "Federated": "x" }, "Action": "sts:AssumeRole" }""",
        "'Federated'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::081205402391:user/*" }, "Action": "sts:AssumeRole" }""",
        "user/*"
    )]
    [InlineData("""{ "Effect": "Allow", "Principal": "*", "Action": "*" }""", "'*'")]
    [InlineData(
        """{ "Effect": "Allow", "Principal": "*", "Action": "AssumeRole" }""",
        "'AssumeRole'"
    )]
    public async Task Trust_policies_are_understood_in_full_or_refused(
        string statement,
        string reason
    )
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await ShouldRefuse(
            aws,
            $$"""{ "Version": "2012-10-17", "Statement": [{{statement.Replace("%", Good, StringComparison.Ordinal)}}] }""",
            "[]",
            reason
        );
    }

    [Theory]
    [InlineData(
        """{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }""",
        "'Principal'"
    )]
    [InlineData("""{ "Effect": "Allow", "Action": "*" }""", "'Resource'")]
    [InlineData("""{ "Effect": "Allow", "Action": [], "Resource": "*" }""", "'Action'")]
    [InlineData("""{ "Effect": "Allow", "Action": "*", "Resource": "x" }""", "'x'")]
    [InlineData("""{ "Effect": "Allow", "NotAction": "a:b", "Resource": "*" }""", "'NotAction'")]
    [InlineData("""{ "Effect": "Allow", "Action": "*", "NotResource": "*" }""", "'NotResource'")]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": null }""",
        "policies[0]: 'Statement.Resource' must not be null"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": null }""",
        "policies[0]: 'Statement.Condition' must not be null"
    )]
    public async Task Permission_policies_are_understood_in_full_or_refused(
        string statement,
        string reason
    )
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await ShouldRefuse(
            aws,
            Policies.Trust().ToJsonString(),
            $$"""[{ "Version": "2012-10-17", "Statement": {{statement}} }]""",
            reason
        );
    }

    [Theory]
    [InlineData("""{ "Version": "2012-10-18", "Statement": { % } }""", "'Version'")]
    [InlineData("""{ "Version": "2012-10-17" }""", "'Statement'")]
    [InlineData("""{ "Statement": [] }""", "'Statement'")]
    [InlineData("""{ "Statement": { % }, "Statements": { % } }""", "'Statements'")]
    [InlineData("""{ "Statement": [{ %, "Sid": "A" }, { %, "Sid": "A" }] }""", "'A'")]
    [InlineData(""" "text" """, "must be a JSON object")]
    [InlineData("null", "'trustPolicy' must not be null")]
    [InlineData("""{ "Statement": null }""", "'Statement' must not be null")]
    [InlineData("""{ "Statement": [{ % }, null] }""", "'Statement[1]' must not be null")]
    [InlineData("""{ "Version": null, "Statement": { % } }""", "'Version' must not be null")]
    [InlineData("""{ "Id": null, "Statement": { % } }""", "'Id' must not be null")]
    public async Task Documents_have_their_elements_and_no_others(string document, string reason)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await ShouldRefuse(
            aws,
            document.Replace("%", Good, StringComparison.Ordinal),
            "[]",
            reason
        );
    }

    [Fact]
    public async Task A_permission_policy_is_not_null()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await ShouldRefuse(
            aws,
            Policies.Trust().ToJsonString(),
            "[null]",
            "policies[0] must not be null"
        );
    }

    [Fact]
    public async Task No_value_anywhere_in_a_trust_policy_can_be_null()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await Gen.Select(TrustPolicies(), Gen.Int[0, 1000])
            .SampleAsync(
                async (policy, place) =>
                {
                    await aws.PutRoleAsync(JsonNode.Parse(policy)!);
                    var nulled = JsonNode.Parse(policy)!;
                    Action[] places = [.. Nulls(nulled)];
                    places[place % places.Length]();
                    await ShouldRefuse(aws, nulled.ToJsonString(), "[]", "must not be null");
                },
                iter: 200,
                threads: 1
            );
    }

    /// <summary>Valid trust policies, as JSON, in every shape that is understood.</summary>
    private static Gen<string> TrustPolicies()
    {
        var statements = Gen.OneOf(
            Statements().Select(one => $"{{{one}}}"),
            Statements()
                .Array[1, 3]
                .Select(all => all.Select((one, i) => $$"""{ "Sid": "S{{i}}", {{one}} }"""))
                .Select(all => $"[{string.Join(", ", all)}]")
        );
        return Gen.Select(
            AnyOf(
                "",
                """ "Version": "2012-10-17", """,
                """ "Version": "2008-10-17", "Id": "x", """
            ),
            statements,
            (head, body) => $$"""{ {{head}} "Statement": {{body}} }"""
        );
    }

    private static Gen<string> Statements() =>
        Gen.Select(
            AnyOf("Allow", "Deny"),
            Gen.OneOf(
                Gen.Const("\"*\""),
                OneOrMore("*", LocalAws.CallerAccount, LocalAws.CallerArn, LocalAws.RoleArn)
                    .Select(aws => $$"""{ "AWS": {{aws}} }""")
            ),
            OneOrMore("sts:AssumeRole", "sts:TagSession", "sts:*"),
            Conditions(),
            (effect, who, actions, condition) =>
                $$""" "Effect": "{{effect}}", "Principal": {{who}}, "Action": {{actions}}{{condition}} """
        );

    private static Gen<string> Conditions()
    {
        var keys = Gen.Select(
            AnyOf("sts:ExternalId", "STS:externalid"),
            OneOrMore(LocalAws.ExternalId, "other"),
            (key, values) => $$"""{ "{{key}}": {{values}} }"""
        );
        return Gen.OneOf(
            AnyOf("", """, "Condition": {}"""),
            keys.Select(equals => $$""", "Condition": { "StringEquals": {{equals}} }"""),
            Gen.Select(
                keys,
                keys,
                (equals, like) =>
                    $$""", "Condition": { "StringEquals": {{equals}}, "StringLike": {{like}} }"""
            )
        );
    }

    private static Gen<string> AnyOf(params string[] texts) =>
        Gen.OneOf([.. texts.Select(text => Gen.Const(text))]);

    private static Gen<string> OneOrMore(params string[] texts) =>
        Gen.Select(
            Gen.Bool,
            AnyOf(texts).Array[1, 3],
            (list, some) => list ? JsonSerializer.Serialize(some) : $"\"{some[0]}\""
        );

    /// <summary>For each value below a node, what puts a null in its place.</summary>
    private static IEnumerable<Action> Nulls(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.SelectMany(member =>
                Nulls(member.Value).Prepend(() => map[member.Key] = null)
            ),
            JsonArray list => list.SelectMany(
                (item, index) => Nulls(item).Prepend(() => list[index] = null)
            ),
            _ => [],
        };

    [Fact]
    public async Task Trust_policies_have_a_quota_that_white_space_does_not_count_towards()
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var trust = Policies.Trust();
        trust["Id"] = "";
        var rest = trust.ToJsonString().Length;
        trust["Id"] = new string('x', 8192 - rest);
        await aws.PutRoleAsync(JsonNode.Parse(trust.ToJsonString(new() { WriteIndented = true }))!);
        trust["Id"] = new string('x', 8193 - rest);
        await ShouldRefuse(aws, trust.ToJsonString(), "[]", "8192");
    }

    private static async Task ShouldRefuse(
        LocalAws aws,
        string trustPolicy,
        string policies,
        string reason
    )
    {
        var answer = await aws.AdminAsync(
            HttpMethod.Put,
            "roles",
            $$"""{ "roleArn": "{{LocalAws.RoleArn}}", "trustPolicy": {{trustPolicy}}, "policies": {{policies}} }"""
        );
        answer.Status.Should().Be(400, answer.Text);
        answer.Json.GetProperty("error").GetString().Should().Contain(reason);
    }
}
