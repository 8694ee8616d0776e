namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Every operator on values that a request can have, in the trust policy of a role that is assumed. From "IAM JSON policy
/// elements: Condition operators" (reference_policies_elements_condition_operators) unless a test names another page.
/// </summary>
public sealed class ConditionOperatorTests
{
    /// <summary>The clock of the instance stands at 2026-01-01T12:00:00Z, which is 1767268800.</summary>
    [Theory]
    // String operators: exact and case-sensitive; a star is a star.
    [InlineData("StringEquals", "sts:ExternalId", "\"abc\"", "ExternalId=abc", true)]
    [InlineData("StringEquals", "sts:ExternalId", "\"abc\"", "ExternalId=ABC", false)]
    [InlineData("StringEquals", "sts:ExternalId", "\"abc\"", "ExternalId=abcd", false)]
    [InlineData("StringEquals", "sts:ExternalId", "\"a*\"", "ExternalId=abc", false)]
    [InlineData("StringEquals", "sts:ExternalId", "[\"xx\", \"abc\"]", "ExternalId=abc", true)]
    [InlineData("StringEquals", "STS:EXTERNALID", "\"abc\"", "ExternalId=abc", true)]
    [InlineData("StringNotEquals", "sts:ExternalId", "\"abc\"", "ExternalId=abc", false)]
    [InlineData("StringNotEquals", "sts:ExternalId", "\"abc\"", "ExternalId=xyz", true)]
    // Negated operators with several values: none of them may match.
    [InlineData("StringNotEquals", "sts:ExternalId", "[\"ab\", \"xy\"]", "ExternalId=xy", false)]
    [InlineData("StringNotEquals", "sts:ExternalId", "[\"ab\", \"xy\"]", "ExternalId=zz", true)]
    [InlineData("StringEqualsIgnoreCase", "sts:ExternalId", "\"ABC\"", "ExternalId=abc", true)]
    [InlineData("StringNotEqualsIgnoreCase", "sts:ExternalId", "\"ABC\"", "ExternalId=abc", false)]
    [InlineData("StringNotEqualsIgnoreCase", "sts:ExternalId", "\"ABC\"", "ExternalId=ab", true)]
    [InlineData("StringLike", "sts:ExternalId", "\"a*c?\"", "ExternalId=a:b/cd", true)]
    [InlineData("StringLike", "sts:ExternalId", "\"a?c\"", "ExternalId=ac", false)]
    [InlineData("StringLike", "sts:ExternalId", "\"A*\"", "ExternalId=abc", false)]
    [InlineData("StringLike", "sts:ExternalId", "\"*\"", "ExternalId=abc", true)]
    [InlineData("StringNotLike", "sts:ExternalId", "\"a*\"", "ExternalId=abc", false)]
    [InlineData("StringNotLike", "sts:ExternalId", "\"a*\"", "ExternalId=xbc", true)]
    // A key that is missing: false, and true for negated operators.
    [InlineData("StringEquals", "sts:ExternalId", "\"abc\"", "", false)]
    [InlineData("StringLike", "sts:ExternalId", "\"*\"", "", false)]
    [InlineData("StringNotEquals", "sts:ExternalId", "\"abc\"", "", true)]
    [InlineData("StringNotLike", "sts:ExternalId", "\"*\"", "", true)]
    [InlineData("StringNotEqualsIgnoreCase", "sts:ExternalId", "\"abc\"", "", true)]
    [InlineData("NumericEquals", "aws:RequestTag/level", "\"1\"", "", false)]
    [InlineData("NumericNotEquals", "aws:RequestTag/level", "\"1\"", "", true)]
    [InlineData("NumericLessThan", "aws:RequestTag/level", "\"1\"", "", false)]
    [InlineData("DateLessThan", "aws:TokenIssueTime", "\"2999-01-01\"", "", false)]
    [InlineData("DateNotEquals", "aws:TokenIssueTime", "\"2999-01-01\"", "", true)]
    [InlineData("Bool", "aws:RequestTag/flag", "\"false\"", "", false)]
    [InlineData("IpAddress", "aws:RequestTag/ip", "\"0.0.0.0/0\"", "", false)]
    [InlineData("NotIpAddress", "aws:RequestTag/ip", "\"0.0.0.0/0\"", "", true)]
    [InlineData("ArnLike", "aws:RequestTag/arn", "\"arn:*:*:*:*:*\"", "", false)]
    [InlineData("ArnNotLike", "aws:RequestTag/arn", "\"arn:*:*:*:*:*\"", "", true)]
    // Numeric operators: as numbers, not as text.
    [InlineData("NumericEquals", "aws:RequestTag/level", "\"5\"", "tag:level=5.0", true)]
    [InlineData("NumericEquals", "aws:RequestTag/level", "5", "tag:level=5", true)]
    [InlineData("NumericNotEquals", "aws:RequestTag/level", "\"5\"", "tag:level=5.0", false)]
    [InlineData("NumericNotEquals", "aws:RequestTag/level", "\"5\"", "tag:level=6", true)]
    [InlineData("NumericLessThan", "aws:RequestTag/level", "\"10\"", "tag:level=9", true)]
    [InlineData("NumericLessThan", "aws:RequestTag/level", "\"10\"", "tag:level=10", false)]
    [InlineData("NumericLessThanEquals", "aws:RequestTag/level", "\"10\"", "tag:level=10", true)]
    [InlineData("NumericGreaterThan", "aws:RequestTag/level", "\"-1\"", "tag:level=-0.5", true)]
    [InlineData("NumericGreaterThan", "aws:RequestTag/level", "\"9\"", "tag:level=10", true)]
    [InlineData("NumericGreaterThanEquals", "aws:RequestTag/level", "\"9\"", "tag:level=9", true)]
    [InlineData("NumericGreaterThanEquals", "aws:RequestTag/level", "[9, 2]", "tag:level=3", true)]
    [InlineData("NumericEquals", "aws:EpochTime", "\"1767268800\"", "", true)]
    // Date operators: W3C's profile of ISO 8601, or epoch time.
    [InlineData("DateEquals", "aws:CurrentTime", "\"2026-01-01T12:00:00Z\"", "", true)]
    [InlineData("DateEquals", "aws:CurrentTime", "\"2026-01-01T13:00:00+01:00\"", "", true)]
    [InlineData("DateEquals", "aws:CurrentTime", "\"2026-01-01T12:00:00.000Z\"", "", true)]
    [InlineData("DateEquals", "aws:CurrentTime", "\"1767268800\"", "", true)]
    [InlineData("DateEquals", "aws:CurrentTime", "1767268800", "", true)]
    [InlineData("DateNotEquals", "aws:CurrentTime", "\"2026-01-01T12:00:00Z\"", "", false)]
    [InlineData("DateLessThan", "aws:CurrentTime", "\"2026-01-01T12:00:01Z\"", "", true)]
    [InlineData("DateLessThan", "aws:CurrentTime", "\"2026-01-01T12:00:00Z\"", "", false)]
    [InlineData("DateLessThanEquals", "aws:CurrentTime", "\"2026-01-01T12:00Z\"", "", true)]
    [InlineData("DateGreaterThan", "aws:CurrentTime", "\"2026-01-01\"", "", true)]
    [InlineData("DateGreaterThan", "aws:CurrentTime", "\"2026-01-02\"", "", false)]
    [InlineData("DateGreaterThanEquals", "aws:EpochTime", "\"2026-01\"", "", true)]
    [InlineData(
        "DateLessThan",
        "aws:RequestTag/until",
        "\"2026-06-01\"",
        "tag:until=2026-05-31",
        true
    )]
    // Boolean: the calls of these tests come without TLS.
    [InlineData("Bool", "aws:SecureTransport", "\"false\"", "", true)]
    [InlineData("Bool", "aws:SecureTransport", "false", "", true)]
    [InlineData("Bool", "aws:SecureTransport", "\"true\"", "", false)]
    [InlineData("Bool", "aws:RequestTag/flag", "\"true\"", "tag:flag=True", true)]
    // IP addresses: CIDR ranges; without a length, one address.
    [InlineData("IpAddress", "aws:SourceIp", "\"127.0.0.1\"", "", true)]
    [InlineData("IpAddress", "aws:SourceIp", "\"127.0.0.2\"", "", false)]
    [InlineData("IpAddress", "aws:SourceIp", "\"127.0.0.9/8\"", "", true)]
    [InlineData("IpAddress", "aws:SourceIp", "\"0.0.0.0/0\"", "", true)]
    [InlineData("IpAddress", "aws:SourceIp", "[\"10.0.0.0/8\", \"127.0.0.0/24\"]", "", true)]
    [InlineData("IpAddress", "aws:SourceIp", "\"::/0\"", "", false)]
    [InlineData("NotIpAddress", "aws:SourceIp", "\"127.0.0.0/8\"", "", false)]
    [InlineData("NotIpAddress", "aws:SourceIp", "[\"10.0.0.0/8\", \"127.0.0.0/24\"]", "", false)]
    [InlineData("NotIpAddress", "aws:SourceIp", "\"10.0.0.0/8\"", "", true)]
    [InlineData("IpAddress", "aws:RequestTag/ip", "\"2001:db8::/32\"", "tag:ip=2001:db8::1", true)]
    [InlineData("IpAddress", "aws:RequestTag/ip", "\"2001:db8::/32\"", "tag:ip=2001:db9::1", false)]
    // ARNs: each of the six parts by itself, equals and like are the same.
    [InlineData(
        "ArnEquals",
        "aws:PrincipalArn",
        "\"arn:aws:iam::081205402391:user/control-plane\"",
        "",
        true
    )]
    [InlineData("ArnEquals", "aws:PrincipalArn", "\"arn:aws:iam::*:user/control-*\"", "", true)]
    [InlineData("ArnLike", "aws:PrincipalArn", "\"arn:*:iam::08120540239?:user/*\"", "", true)]
    [InlineData(
        "ArnLike",
        "aws:PrincipalArn",
        "\"arn:*:081205402391:user/control-plane:*:*\"",
        "",
        false
    )]
    [InlineData(
        "ArnLike",
        "aws:PrincipalArn",
        "\"arn:aws:iam::081205402391:USER/control-plane\"",
        "",
        false
    )]
    [InlineData("ArnNotEquals", "aws:PrincipalArn", "\"arn:aws:iam::*:role/*\"", "", true)]
    [InlineData("ArnNotLike", "aws:PrincipalArn", "\"arn:aws:iam::*:user/*\"", "", false)]
    // Null: whether the key is there.
    [InlineData("Null", "sts:ExternalId", "\"true\"", "", true)]
    [InlineData("Null", "sts:ExternalId", "\"true\"", "ExternalId=abc", false)]
    [InlineData("Null", "sts:ExternalId", "\"false\"", "ExternalId=abc", true)]
    [InlineData("Null", "sts:ExternalId", "false", "", false)]
    [InlineData("Null", "aws:TagKeys", "\"true\"", "", true)]
    [InlineData("Null", "aws:TagKeys", "\"true\"", "tag:a=b", false)]
    // IfExists: true when the key is missing, nothing else changes. The vendor's classic mistake.
    [InlineData("StringEqualsIfExists", "sts:ExternalId", "\"abc\"", "", true)]
    [InlineData("StringEqualsIfExists", "sts:ExternalId", "\"abc\"", "ExternalId=xyz", false)]
    [InlineData("StringEqualsIfExists", "sts:ExternalId", "\"abc\"", "ExternalId=abc", true)]
    [InlineData("StringLikeIfExists", "sts:ExternalId", "\"a*\"", "", true)]
    [InlineData("StringNotEqualsIfExists", "sts:ExternalId", "\"abc\"", "", true)]
    [InlineData("StringNotEqualsIfExists", "sts:ExternalId", "\"abc\"", "ExternalId=abc", false)]
    [InlineData("NumericLessThanIfExists", "aws:RequestTag/level", "\"1\"", "", true)]
    [InlineData("NumericLessThanIfExists", "aws:RequestTag/level", "\"1\"", "tag:level=2", false)]
    [InlineData("DateGreaterThanIfExists", "aws:TokenIssueTime", "\"2999-01-01\"", "", true)]
    [InlineData("BoolIfExists", "aws:RequestTag/flag", "\"true\"", "", true)]
    [InlineData("IpAddressIfExists", "aws:SourceIp", "\"10.0.0.0/8\"", "", false)]
    [InlineData("ArnEqualsIfExists", "aws:RequestTag/arn", "\"arn:aws:iam::1:user/x\"", "", true)]
    public async Task An_operator_holds_as_AWS_says(
        string @operator,
        string key,
        string values,
        string request,
        bool holds
    ) => await ShouldGrant(@operator, key, values, request, holds);

    /// <summary>
    /// AWS does not define what a value means that is not of the operator's type, so it fails closed: an allow does not
    /// apply, a deny does.
    /// </summary>
    [Theory]
    [InlineData("ArnLike", "\"arn:*:*:*:*:*\"")]
    [InlineData("ArnNotLike", "\"arn:*:*:*:*:*\"")]
    [InlineData("NumericEquals", "\"1\"")]
    [InlineData("NumericNotEquals", "\"1\"")]
    [InlineData("NumericLessThan", "\"1\"")]
    [InlineData("NumericGreaterThanIfExists", "\"1\"")]
    [InlineData("DateLessThan", "\"2026-01-01\"")]
    [InlineData("DateNotEquals", "\"2026-01-01\"")]
    [InlineData("Bool", "\"true\"")]
    [InlineData("IpAddress", "\"10.0.0.0/8\"")]
    [InlineData("NotIpAddress", "\"10.0.0.0/8\"")]
    [InlineData("ForAnyValue:NotIpAddress", "\"10.0.0.0/8\"")]
    [InlineData("ForAllValues:NumericEquals", "\"1\"")]
    public async Task A_value_of_another_type_fails_closed(string @operator, string values)
    {
        var condition = $$"""{ "{{@operator}}": { "aws:RequestTag/x": {{values}} } }""";
        await using var aws = await StartAsync(condition);
        var request = AssumeRoleText.Parse("tag:x=something");
        (await aws.AssumeAsync(request)).Error.Should().Be("403 AccessDenied");
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:*"),
                Policies.Statement("Deny", "sts:AssumeRole", condition)
            )
        );
        (await aws.AssumeAsync(request)).Error.Should().Be("403 AccessDenied");
    }

    /// <summary>From "Single-valued vs. multivalued context keys" and its page of set operators.</summary>
    [Theory]
    [InlineData("ForAllValues:StringEquals", "[\"a\", \"b\"]", "tag:a=1", true)]
    [InlineData("ForAllValues:StringEquals", "[\"a\", \"b\"]", "tag:a=1 tag:b=1", true)]
    [InlineData("ForAllValues:StringEquals", "[\"a\", \"b\"]", "tag:a=1 tag:c=1", false)]
    [InlineData("ForAllValues:StringEquals", "\"a\"", "tag:A=1", false)]
    [InlineData("ForAllValues:StringEqualsIgnoreCase", "\"a\"", "tag:A=1", true)]
    [InlineData("ForAllValues:StringLike", "\"a*\"", "tag:a1=1 tag:a2=1", true)]
    [InlineData("ForAllValues:StringNotEquals", "\"a\"", "tag:b=1 tag:c=1", true)]
    [InlineData("ForAllValues:StringNotEquals", "\"a\"", "tag:b=1 tag:a=1", false)]
    [InlineData("ForAnyValue:StringEquals", "[\"a\", \"b\"]", "tag:c=1 tag:b=1", true)]
    [InlineData("ForAnyValue:StringEquals", "[\"a\", \"b\"]", "tag:c=1", false)]
    [InlineData("ForAnyValue:StringNotEquals", "\"a\"", "tag:a=1", false)]
    [InlineData("ForAnyValue:StringNotEquals", "\"a\"", "tag:a=1 tag:b=1", true)]
    // Without any key: all of nothing is true, any of nothing is false, whatever is negated or IfExists.
    [InlineData("ForAllValues:StringEquals", "\"a\"", "", true)]
    [InlineData("ForAllValues:StringNotEquals", "\"a\"", "", true)]
    [InlineData("ForAllValues:StringEqualsIfExists", "\"a\"", "", true)]
    [InlineData("ForAnyValue:StringEquals", "\"a\"", "", false)]
    [InlineData("ForAnyValue:StringNotEquals", "\"a\"", "", false)]
    [InlineData("ForAnyValue:StringEqualsIfExists", "\"a\"", "", false)]
    public async Task A_set_operator_holds_as_AWS_says(
        string @operator,
        string values,
        string request,
        bool holds
    ) => await ShouldGrant(@operator, "aws:TagKeys", values, request, holds);

    /// <summary>The trap of ForAllValues on a key with one value: no External ID satisfies "all of them".</summary>
    [Theory]
    [InlineData("ForAllValues:StringEquals", "sts:ExternalId", "", true)]
    [InlineData("ForAllValues:StringEquals", "sts:ExternalId", "ExternalId=xyz", false)]
    [InlineData("ForAllValues:StringEquals", "sts:ExternalId", "ExternalId=abc", true)]
    [InlineData("ForAnyValue:StringEquals", "sts:ExternalId", "ExternalId=abc", true)]
    [InlineData("ForAnyValue:StringEquals", "sts:ExternalId", "", false)]
    [InlineData("ForAllValues:StringEquals", "aws:RequestTag/team", "tag:team=", true)]
    [InlineData("ForAnyValue:StringLike", "aws:RequestTag/team", "tag:team=", false)]
    public async Task A_set_operator_on_a_key_with_one_value_is_a_trap(
        string @operator,
        string key,
        string request,
        bool holds
    ) => await ShouldGrant(@operator, key, "\"abc\"", request, holds);

    /// <summary>Operators, and keys of one operator, are all to hold; the values of one key are alternatives.</summary>
    [Theory]
    [InlineData("ExternalId=abc tag:team=blue", true)]
    [InlineData("ExternalId=abd tag:team=red", true)]
    [InlineData("ExternalId=abc tag:team=green", false)]
    [InlineData("ExternalId=abc", false)]
    [InlineData("ExternalId=xyz tag:team=blue", false)]
    public async Task Blocks_and_keys_are_anded_and_values_ored(string request, bool granted)
    {
        await using var aws = await StartAsync(
            """
            {
              "StringLike": { "sts:ExternalId": "ab*" },
              "StringEquals": { "sts:ExternalId": ["abc", "abd"], "aws:RequestTag/team": ["blue", "red"] }
            }
            """
        );
        (await aws.AssumeAsync(AssumeRoleText.Parse(request))).Ok.Should().Be(granted);
    }

    private static async Task ShouldGrant(
        string @operator,
        string key,
        string values,
        string request,
        bool granted
    )
    {
        var condition = $$"""{ "{{@operator}}": { "{{key}}": {{values}} } }""";
        await using var aws = await StartAsync(condition);
        var answer = await aws.AssumeAsync(AssumeRoleText.Parse(request));
        answer.Ok.Should().Be(granted, answer.Text);
        if (!granted)
        {
            answer.Error.Should().Be("403 AccessDenied");
        }
        // As a deny the same condition does the opposite.
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:*"),
                Policies.Statement("Deny", "sts:AssumeRole", condition)
            )
        );
        (await aws.AssumeAsync(AssumeRoleText.Parse(request))).Ok.Should().Be(!granted);
    }

    private static async Task<LocalAws> StartAsync(string condition)
    {
        var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:AssumeRole", condition),
                Policies.Statement("Allow", """["sts:TagSession", "sts:SetSourceIdentity"]""")
            )
        );
        return aws;
    }
}
