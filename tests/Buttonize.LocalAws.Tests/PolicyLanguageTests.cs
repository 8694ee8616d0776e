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
    [InlineData("""{ %, "Principal": "*" }""", "'Principal' more than once")]
    [InlineData(
        """{ "Effect": "Allow", "NotPrincipal": { "AWS": "081205402391" }, "Action": "sts:AssumeRole" }""",
        "'NotPrincipal' must be used with Deny"
    )]
    [InlineData(
        """{ "Effect": "Deny", "NotPrincipal": { "Service": "x" }, "Action": "sts:AssumeRole" }""",
        "'Service'"
    )]
    [InlineData(
        """{ "Effect": "Deny", "Principal": "*", "NotAction": "iam:PassRole" }""",
        "'iam:PassRole'"
    )]
    [InlineData("""{ "Effect": "Deny", "Principal": "*", "NotAction": [] }""", "'NotAction'")]
    [InlineData("""{ %, "Condition": { "BinaryEquals": {} } }""", "'BinaryEquals'")]
    [InlineData("""{ %, "Condition": { "StringMatches": {} } }""", "'StringMatches'")]
    [InlineData("""{ %, "Condition": { "NullIfExists": {} } }""", "'NullIfExists'")]
    [InlineData("""{ %, "Condition": { "ForAllValues:Null": {} } }""", "'ForAllValues:Null'")]
    [InlineData("""{ %, "Condition": { "ForAll:StringLike": {} } }""", "'ForAll:StringLike'")]
    [InlineData(
        """{ %, "Condition": { "StringLikeIfExistsIfExists": {} } }""",
        "'StringLikeIfExistsIfExists'"
    )]
    [InlineData("""{ %, "Condition": { "IpNotAddress": {} } }""", "'IpNotAddress'")]
    [InlineData("""{ %, "Condition": [] }""", "must be a JSON object")]
    [InlineData("""{ %, "Condition": { "Bool": [] } }""", "must be a JSON object")]
    [InlineData("""{ %, "Condition": { "stringequals": {} } }""", "'stringequals'")]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1" } } }""",
        "'aws:PrincipalOrgID'"
    )]
    [InlineData(
        """{ %, "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } }""",
        "'aws:MultiFactorAuthPresent'"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "aws:RequestTag/": "x" } } }""",
        "'aws:RequestTag/'"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "aws:PrincipalTag/a*": "x" } } }""",
        "'aws:PrincipalTag/a*'"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "aws:TagKeys": "x" } } }""",
        "'aws:TagKeys', which is multivalued and requires ForAllValues or ForAnyValue"
    )]
    [InlineData(
        """{ %, "Condition": { "NumericEquals": { "aws:EpochTime": "soon" } } }""",
        "'soon'"
    )]
    [InlineData("""{ %, "Condition": { "NumericEquals": { "aws:EpochTime": "1e9" } } }""", "'1e9'")]
    [InlineData(
        """{ %, "Condition": { "DateEquals": { "aws:CurrentTime": "2026" } } }""",
        "'2026'"
    )]
    [InlineData(
        """{ %, "Condition": { "DateEquals": { "aws:CurrentTime": "01/01/2026" } } }""",
        "'01/01/2026'"
    )]
    [InlineData(
        """{ %, "Condition": { "DateEquals": { "aws:CurrentTime": "2026-*" } } }""",
        "'2026-*'"
    )]
    [InlineData("""{ %, "Condition": { "Bool": { "aws:SecureTransport": "yes" } } }""", "'yes'")]
    [InlineData(
        """{ %, "Condition": { "Bool": { "aws:SecureTransport": " true" } } }""",
        "' true'"
    )]
    [InlineData("""{ %, "Condition": { "ArnLike": { "aws:PrincipalArn": "*" } } }""", "'*'")]
    [InlineData(
        """{ %, "Condition": { "ArnEquals": { "aws:PrincipalArn": "arn:aws:iam::*" } } }""",
        "'arn:aws:iam::*'"
    )]
    [InlineData("""{ %, "Condition": { "Null": { "aws:TokenIssueTime": "1" } } }""", "'1'")]
    [InlineData(
        """{ %, "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0" } } }""",
        "'10.0.0'"
    )]
    [InlineData(
        """{ %, "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/33" } } }""",
        "'10.0.0.0/33'"
    )]
    [InlineData(
        """{ %, "Condition": { "IpAddress": { "aws:SourceIp": "2001:db8::/129" } } }""",
        "'2001:db8::/129'"
    )]
    [InlineData("""{ %, "Condition": { "IpAddress": { "aws:SourceIp": "[::1]" } } }""", "'[::1]'")]
    [InlineData("""{ %, "Condition": { "IpAddress": { "aws:SourceIp": "10.*" } } }""", "'10.*'")]
    [InlineData("""{ %, "Condition": { "StringEquals": { "sts:ExternalId": {} } } }""", "a string")]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": [[]] } } }""",
        "a string"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": "a", "STS:externalid": "b" } } }""",
        "more than once"
    )]
    [InlineData(
        """{ %, "Condition": { "StringEquals": { "sts:ExternalId": [] } } }""",
        "'sts:ExternalId'"
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
    [InlineData(
        """{ "Effect": "Allow", "Principal": "*", "Action": "sts:TagSesion" }""",
        "'sts:TagSesion'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": "*", "Action": "sts:GetCallerIdentity" }""",
        "'sts:GetCallerIdentity'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::081205402391:role/*/x" }, "Action": "sts:AssumeRole" }""",
        "role/*/x"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "AWS": "arn:aws-cn:iam::081205402391:root" }, "Action": "sts:AssumeRole" }""",
        "arn:aws-cn:iam::081205402391:root"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Principal": { "AWS": "arn:aws-us-gov:iam::081205402391:role/x" }, "Action": "sts:AssumeRole" }""",
        "arn:aws-us-gov:iam::081205402391:role/x"
    )]
    [InlineData(
        """{ "Effect": "Deny", "NotPrincipal": { "AWS": "arn:aws-cn:iam::081205402391:user/x" }, "Action": "sts:AssumeRole" }""",
        "arn:aws-cn:iam::081205402391:user/x"
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
    [InlineData("""{ "Effect": "Allow", "Action": "*", "Resource": "arn:::::" }""", "'arn:::::'")]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lam*:*:*:*" }""",
        "'arn:aws:lam*:*:*:*'"
    )]
    [InlineData("""{ "Effect": "Allow", "NotAction": "b", "Resource": "*" }""", "'b'")]
    [InlineData("""{ "Effect": "Allow", "Action": "*", "NotResource": "x" }""", "'x'")]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*" }""",
        "'NotResource' must not stand beside 'Resource'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "NotAction": "a:b", "Resource": "*" }""",
        "'NotAction' must not stand beside 'Action'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "NotPrincipal": "*", "Resource": "*" }""",
        "'NotPrincipal'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:${aws:PrincipalAccount}:function:x" }""",
        "before the fifth colon"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:*:function:${aws:PrincipalTag/team" }""",
        "has no end"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:*:function:${lambda:Nothing}" }""",
        "'${lambda:Nothing}'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:*:function:${aws:TagKeys}" }""",
        "'${aws:TagKeys}'"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*:*:function:${aws:username, none}" }""",
        "not in single quotes"
    )]
    [InlineData(
        """{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "${aws:username}" } } }""",
        "only string and ARN operators"
    )]
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
            AnyOf(
                """, "Condition": { "Null": { "aws:TokenIssueTime": true } }""",
                """, "Condition": { "ForAllValues:StringLike": { "aws:TagKeys": ["a", "b*"] } }""",
                """, "Condition": { "NumericLessThanIfExists": { "aws:RequestTag/level": [1, "2.5"] } }"""
            ),
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

    /// <summary>As older Terraform wrote every statement.</summary>
    [Fact]
    public async Task Sids_can_be_empty_more_than_once()
    {
        await using var aws = await LocalAws.StartAsync();
        var statements = new[] { "sts:AssumeRole", "sts:TagSession" }.Select(action =>
        {
            var statement = Policies.Statement("Allow", action);
            statement["Sid"] = "";
            return statement;
        });
        await aws.PutRoleAsync(Policies.Document([.. statements]));
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Theory]
    [InlineData(10_240, 0, true)]
    [InlineData(10_241, 0, false)]
    [InlineData(6_144, 6_144, true)]
    [InlineData(6_145, 6_145, false)]
    [InlineData(10_240, 6_144, true)]
    public async Task A_roles_policies_fit_as_managed_or_as_inline_ones(
        int first,
        int second,
        bool fit
    )
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var policies = new[] { first, second }
            .Where(length => length > 0)
            .Select(PolicyOf)
            .ToArray();
        if (fit)
        {
            await aws.PutRoleAsync(Policies.Trust(), [.. policies]);
        }
        else
        {
            await ShouldRefuse(
                aws,
                Policies.Trust().ToJsonString(),
                JsonSerializer.Serialize(policies),
                "10240"
            );
        }
    }

    [Theory]
    [InlineData(LocalAws.CallerArn, 6_144, true)]
    [InlineData(LocalAws.CallerArn, 6_145, false)]
    [InlineData($"arn:aws:sts::{LocalAws.CallerAccount}:assumed-role/R/s1", 10_240, true)]
    [InlineData($"arn:aws:sts::{LocalAws.CallerAccount}:assumed-role/R/s1", 10_241, false)]
    public async Task A_callers_policy_fits_as_its_kind_can_have_it(
        string arn,
        int length,
        bool fits
    )
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var answer = await aws.AdminAsync(
            HttpMethod.Put,
            $"principals/{LocalAws.Caller.AccessKeyId}",
            new
            {
                secretAccessKey = "s",
                accountId = LocalAws.CallerAccount,
                arn,
                policy = PolicyOf(length),
            }
        );
        answer.Status.Should().Be(fits ? 204 : 400, answer.Text);
    }

    /// <summary>A policy of so many characters.</summary>
    private static JsonObject PolicyOf(int length)
    {
        var policy = Policies.AllowInvoke();
        policy["Id"] = "";
        policy["Id"] = new string('x', length - policy.ToJsonString().Length);
        return policy;
    }

    [Theory]
    [InlineData("""{ "Statement": { "Effect\ud800": "Allow" } }""")]
    [InlineData("""{ "Statement": { "Effect": "\udfff" } }""")]
    public async Task Text_that_is_not_Unicode_is_refused(string trustPolicy)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        await ShouldRefuse(aws, trustPolicy, "[]", "not Unicode");
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
