using System.Text.Json.Nodes;

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
