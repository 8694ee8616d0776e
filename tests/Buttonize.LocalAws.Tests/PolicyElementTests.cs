using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>Principal, Action, Resource and what each has as its opposite, and policy variables.</summary>
public sealed class PolicyElementTests
{
    private const string Account = LocalAws.CallerAccount;
    private const string Root = $"arn:aws:iam::{Account}:root";
    private const string Role = $"arn:aws:iam::{Account}:role/path/ControlPlane";
    private const string Session = $"arn:aws:sts::{Account}:assumed-role/ControlPlane/task";

    [Theory]
    [InlineData($"arn:aws:iam::{Account}:user/a_b/sub!x/Bob", "same", true)]
    [InlineData(
        $"arn:aws:iam::{Account}:user/a_b/sub!x/Bob",
        $"arn:aws:iam::{Account}:user/Bob",
        false
    )]
    public async Task A_users_path_is_part_of_who_it_is(string caller, string trusted, bool granted)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutCallerAsync(arn: caller);
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    "sts:AssumeRole",
                    null,
                    trusted == "same" ? caller : trusted
                )
            )
        );
        (await aws.AssumeAsync()).Ok.Should().Be(granted);
    }

    /// <summary>"AWS JSON policy elements: NotPrincipal": account and role have to be listed besides the one that is meant.</summary>
    [Theory]
    [InlineData(LocalAws.CallerArn, $"{LocalAws.CallerArn} {Root}", true)]
    [InlineData(LocalAws.CallerArn, $"{LocalAws.CallerArn} {Account}", true)]
    [InlineData(LocalAws.CallerArn, "*", true)]
    [InlineData(LocalAws.CallerArn, LocalAws.CallerArn, false)]
    [InlineData(LocalAws.CallerArn, Root, false)]
    [InlineData(LocalAws.CallerArn, $"arn:aws:iam::{Account}:user/other {Root}", false)]
    [InlineData(Session, $"{Session} {Role} {Root}", true)]
    [InlineData(Session, $"{Session} {Role}", false)]
    [InlineData(Session, $"{Session} {Root}", false)]
    [InlineData(Session, $"{Role} {Root}", false)]
    public async Task NotPrincipal_denies_whoever_is_not_listed_whole(
        string caller,
        string listed,
        bool spared
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await PutRoleAsync(aws, Role);
        await aws.PutCallerAsync(arn: caller);
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", "sts:AssumeRole"),
                new JsonObject
                {
                    ["Effect"] = "Deny",
                    ["NotPrincipal"] = new JsonObject
                    {
                        ["AWS"] = new JsonArray([
                            .. listed.Split(' ').Select(arn => (JsonNode)arn),
                        ]),
                    },
                    ["Action"] = "sts:AssumeRole",
                }
            )
        );
        (await aws.AssumeAsync()).Ok.Should().Be(spared);
    }

    /// <summary>"Principal": IAM keeps a role's unique id, so a role of the same name is another principal.</summary>
    [Fact]
    public async Task A_trusted_role_that_is_made_again_is_not_trusted_any_more()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutRoleAsync(aws, Role);
        await aws.PutCallerAsync(arn: Session);
        JsonObject trust = Policies.Document(
            Policies.Statement("Allow", "sts:AssumeRole", null, Role)
        );
        await aws.PutRoleAsync(trust);
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
        // Changed is still the same role.
        await PutRoleAsync(aws, Role);
        (await aws.AssumeAsync()).Ok.Should().BeTrue();

        await aws.AdminAsync(HttpMethod.Delete, $"roles?arn={Role}");
        await PutRoleAsync(aws, Role);
        await aws.PutCallerAsync(arn: Session);
        (await aws.AssumeAsync()).Error.Should().Be("403 AccessDenied");
        await aws.PutRoleAsync(trust);
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
    }

    [Fact]
    public async Task A_trusted_role_that_is_made_later_is_the_one_that_is_trusted()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutRoleAsync(
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole", null, Role))
        );
        await PutRoleAsync(aws, Role);
        await aws.PutCallerAsync(arn: Session);
        (await aws.AssumeAsync()).Ok.Should().BeTrue();

        await aws.AdminAsync(HttpMethod.Delete, $"roles?arn={Role}");
        await PutRoleAsync(aws, Role);
        await aws.PutCallerAsync(arn: Session);
        (await aws.AssumeAsync()).Error.Should().Be("403 AccessDenied");
    }

    /// <summary>As one that was issued here does.</summary>
    [Fact]
    public async Task A_session_put_from_outside_has_its_roles_tags_and_dies_with_it()
    {
        await using var aws = await LocalAws.StartAsync();
        await PutRoleAsync(aws, Role, new { team = "blue" });
        await aws.PutCallerAsync(arn: Session);
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement(
                    "Allow",
                    "sts:AssumeRole",
                    """{ "StringEquals": { "aws:PrincipalTag/team": "blue" } }"""
                )
            )
        );
        (await aws.AssumeAsync()).Ok.Should().BeTrue();
        await aws.AdminAsync(HttpMethod.Delete, $"roles?arn={Role}");
        (await aws.AssumeAsync()).Error.Should().Be("403 InvalidClientTokenId");
        await PutRoleAsync(aws, Role, new { team = "blue" });
        (await aws.AssumeAsync()).Error.Should().Be("403 InvalidClientTokenId");
    }

    [Theory]
    [InlineData("Allow", "sts:TagSession", true)]
    [InlineData("Allow", "sts:assume*", false)]
    [InlineData("Deny", "sts:AssumeRole", true)]
    [InlineData("Deny", "sts:TagSession", false)]
    public async Task NotAction_is_every_action_that_it_does_not_list(
        string effect,
        string action,
        bool granted
    )
    {
        await using var aws = await LocalAws.StartAsync();
        var statement = Policies.Statement(effect, action);
        statement["NotAction"] = statement["Action"]!.DeepClone();
        statement.Remove("Action");
        JsonObject[] statements =
            effect == "Allow" ? [statement] : [Policies.Statement("Allow", "sts:*"), statement];
        await aws.PutRoleAsync(Policies.Document(statements));
        (await aws.AssumeAsync()).Ok.Should().Be(granted);
    }

    [Theory]
    [InlineData("Allow", "arn:aws:lambda:*:*:function:other", true)]
    [InlineData("Allow", "arn:aws:lambda:*:*:function:disc*", false)]
    [InlineData("Allow", "*", false)]
    [InlineData("Deny", LocalAws.FunctionArn, true)]
    [InlineData("Deny", "arn:aws:lambda:*:*:function:other", false)]
    public async Task NotResource_is_every_resource_that_it_does_not_list(
        string effect,
        string resource,
        bool granted
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var policy = Policies.Permission(effect, "lambda:InvokeFunction", resource);
        var statement = policy["Statement"]![0]!.AsObject();
        statement["NotResource"] = statement["Resource"]!.DeepClone();
        statement.Remove("Resource");
        JsonObject[] policies = effect == "Allow" ? [policy] : [Policies.AllowInvoke("*"), policy];
        await aws.PutRoleAsync(Policies.Trust(), policies);
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().Be(granted);
    }

    /// <summary>"Resource": a star at the end of a segment goes beyond the colon, other wildcards do not.</summary>
    [Theory]
    [InlineData("arn:aws:lambda:*:123456789012:function:disc?unts", true)]
    [InlineData("arn:aws:lambda:*:*:*", true)]
    // Incomplete ones are completed with stars ("IAM ARNs").
    [InlineData("arn:aws:lambda", true)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012", true)]
    [InlineData("arn:aws:lambda:us-*", false)]
    [InlineData("arn:aws:s3", false)]
    [InlineData("arn:aws:lambda:*:function:discounts", true)]
    [InlineData("arn:aws:lambda:*:*:discounts", true)]
    [InlineData("arn:aws:lambda:eu-*-1:function:discounts:x", false)]
    [InlineData("arn:aws:lambda:eu-*l-1:function:discounts:x", false)]
    [InlineData("arn:aws:lambda:e*nts:*:*:*", false)]
    [InlineData("arn:aws:lambda:eu-central-1?123456789012:function:discounts:x", false)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function", false)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function:discounts:*", false)]
    public async Task Resources_match_by_segment(string resource, bool granted)
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(Policies.Trust(), Policies.AllowInvoke(resource));
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().Be(granted);
        // What can be allowed by it is denied by it.
        await aws.PutRoleAsync(
            Policies.Trust(),
            Policies.AllowInvoke("*"),
            Policies.Permission("Deny", "lambda:InvokeFunction", resource)
        );
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().Be(!granted);
    }

    /// <summary>"IAM policy elements: Variables and tags", in the resource of the role's policy.</summary>
    [Theory]
    [InlineData("${aws:PrincipalTag/function}", "tag:function=discounts", true)]
    [InlineData("${AWS:principaltag/FUNCTION}", "tag:function=discounts", true)]
    [InlineData("${aws:PrincipalTag/function}", "tag:function=other", false)]
    [InlineData("disc${aws:PrincipalTag/middle}nts", "tag:middle=ou", true)]
    [InlineData("disc${aws:PrincipalTag/middle}*", "tag:middle=ou", true)]
    [InlineData("${aws:PrincipalTag/a}${aws:PrincipalTag/b}", "tag:a=disc tag:b=ounts", true)]
    // No value and no default: matches nothing. An empty value is none.
    [InlineData("${aws:PrincipalTag/function}", "", false)]
    [InlineData("*${aws:PrincipalTag/function}", "", false)]
    [InlineData("*${aws:PrincipalTag/function}", "tag:function=", false)]
    [InlineData("${aws:username}*", "", false)]
    [InlineData("${aws:PrincipalTag/function, 'discounts'}", "", true)]
    [InlineData("${aws:PrincipalTag/function, 'discounts'}", "tag:function=other", false)]
    [InlineData("${aws:PrincipalTag/function,'discounts'}", "tag:function=", true)]
    // The special ones are the characters themselves.
    [InlineData("disc${*}", "", false)]
    [InlineData("disc${?}unts", "", false)]
    public async Task Variables_stand_for_the_requests_values(
        string name,
        string request,
        bool granted
    )
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        await aws.PutRoleAsync(
            Policies.Document(
                Policies.Statement("Allow", """["sts:AssumeRole", "sts:TagSession"]""")
            ),
            Policies.AllowInvoke($"arn:aws:lambda:*:*:function:{name}")
        );
        var session = await aws.SessionAsync(AssumeRoleText.Parse(request));
        (await aws.InvokeAsync(session)).Ok.Should().Be(granted);
    }

    [Fact]
    public async Task A_resource_without_a_value_is_not_among_those_of_NotResource()
    {
        await using var aws = await LocalAws.StartAsync();
        await aws.PutFunctionAsync("cat");
        var policy = Policies.AllowInvoke();
        var statement = policy["Statement"]![0]!.AsObject();
        statement.Remove("Resource");
        statement["NotResource"] = "arn:aws:lambda:*:*:function:${aws:PrincipalTag/none}*";
        await aws.PutRoleAsync(Policies.Trust(), policy);
        (await aws.InvokeAsync(await aws.SessionAsync())).Ok.Should().BeTrue();
    }

    /// <summary>The same page, in conditions, and "Policy variables with no value".</summary>
    [Theory]
    [InlineData(
        "2012-10-17",
        "StringEquals",
        "${aws:PrincipalAccount}",
        "ExternalId=081205402391",
        true
    )]
    [InlineData("2012-10-17", "StringEquals", "${aws:PrincipalAccount}", "ExternalId=other", false)]
    [InlineData(
        "2012-10-17",
        "StringLike",
        "${sts:RoleSessionName}-*",
        "ExternalId=somebody-x",
        true
    )]
    [InlineData("2012-10-17", "StringEquals", "${aws:SourceIdentity}", "ExternalId=ada", false)]
    [InlineData("2012-10-17", "StringNotEquals", "${aws:SourceIdentity}", "ExternalId=ada", true)]
    [InlineData(
        "2012-10-17",
        "StringEquals",
        "${aws:SourceIdentity, 'ada'}",
        "ExternalId=ada",
        true
    )]
    [InlineData("2012-10-17", "StringLike", "a${*}", "ExternalId=abc", false)]
    [InlineData("2012-10-17", "StringLike", "${$}", "ExternalId=ab", false)]
    // A value with a star in it, such as a user agent, is no pattern.
    [InlineData("2012-10-17", "StringLike", "${aws:UserAgent}", "ExternalId=abc", false)]
    // Before 2012, and without a version, nothing is a variable.
    [InlineData(
        "2008-10-17",
        "StringEquals",
        "${aws:PrincipalAccount}",
        "ExternalId=081205402391",
        false
    )]
    [InlineData("2008-10-17", "StringLike", "a${*}", "ExternalId=abc", false)]
    [InlineData(null, "StringEquals", "${aws:PrincipalAccount}", "ExternalId=081205402391", false)]
    [InlineData(
        null,
        "StringNotEquals",
        "${aws:PrincipalAccount}",
        "ExternalId=081205402391",
        true
    )]
    [InlineData(null, "StringNotEquals", "${no such variable", "ExternalId=abc", true)]
    public async Task Variables_in_conditions_depend_on_the_version(
        string? version,
        string @operator,
        string value,
        string request,
        bool granted
    )
    {
        await using var aws = await LocalAws.StartAsync();
        var trust = Policies.Document(
            Policies.Statement("Allow", "sts:AssumeRole", Policies.ExternalIdIs(value, @operator))
        );
        trust["Version"] = version;
        if (version is null)
        {
            trust.Remove("Version");
        }
        await aws.PutRoleAsync(trust);
        var answer = await aws.AssumeAsync(
            AssumeRoleText.Parse(request),
            change: r => r with { Headers = new() { ["User-Agent"] = "*" } }
        );
        answer.Ok.Should().Be(granted, answer.Text);
    }

    private static Task PutRoleAsync(LocalAws aws, string arn, object? tags = null) =>
        aws.PutAsync(
            "roles",
            new
            {
                roleArn = arn,
                trustPolicy = Policies.Trust(),
                policies = Array.Empty<object>(),
                tags,
            }
        );
}
