using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.Tests;

/// <summary>
/// Who has to allow what ("Cross-account policy evaluation logic", "How AWS enforcement code logic evaluates requests to allow
/// or deny access"): every way to name a caller in a trust policy, from the same and from another account, with every
/// answer of the caller's own policies and of a session policy.
/// </summary>
public sealed class AuthorizationMatrixTests
{
    private const string Vendor = LocalAws.CallerAccount;
    private const string Target = "Target";

    private static readonly string[] Answers = ["allow", "silent", "deny"];

    public static TheoryData<string, string, bool> Callers =>
        new(
            from kind in new[] { "user", "session" }
            from named in new[] { "account", "identity", "role", "everyone", "nobody" }
            where kind == "session" || named != "role"
            from sameAccount in new[] { true, false }
            select (kind, named, sameAccount)
        );

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Each_side_decides_as_AWS_says(string kind, string named, bool sameAccount)
    {
        await using var aws = await LocalAws.StartEmptyAsync();
        var account = sameAccount ? Vendor : LocalAws.CustomerAccount;
        var target = $"arn:aws:iam::{account}:role/{Target}";
        await aws.PutRoleOfAsync(
            target,
            Policies.Document(
                Policies.Statement("Allow", "sts:AssumeRole", null, Name(kind, named))
            )
        );
        string[] sessionPolicies = kind == "session" ? ["none", .. Answers] : ["none"];
        foreach (var own in Answers)
        {
            foreach (var sessionPolicy in sessionPolicies)
            {
                var caller = await CallerAsync(aws, kind, own, sessionPolicy);
                var answer = await aws.AssumeAsync(
                    new AssumeRoleParameters().With("RoleArn", target),
                    caller
                );
                answer
                    .Ok.Should()
                    .Be(
                        MayAssume(named, sameAccount, own, sessionPolicy),
                        $"{kind}, {named} named, same account {sameAccount}, own {own}, session policy {sessionPolicy}"
                    );
            }
        }
    }

    /// <summary>The rules in words, one after the other.</summary>
    private static bool MayAssume(string named, bool sameAccount, string own, string sessionPolicy)
    {
        if (named == "nobody" || own == "deny" || sessionPolicy == "deny")
        {
            return false;
        }
        var sessionPolicyAllows = sessionPolicy is "none" or "allow";
        if (!sameAccount || named == "account")
        {
            return own == "allow" && sessionPolicyAllows;
        }
        // Named in the same account, nobody needs a policy of their own; of a role, its sessions' policies still narrow.
        return named != "role" || sessionPolicyAllows;
    }

    private static string Name(string kind, string named) =>
        named switch
        {
            "account" => Vendor,
            "everyone" => "*",
            "role" => $"arn:aws:iam::{Vendor}:role/Caller",
            "identity" when kind == "user" => LocalAws.CallerArn,
            "identity" => $"arn:aws:sts::{Vendor}:assumed-role/Caller/somebody",
            _ => $"arn:aws:iam::{Vendor}:user/CONTROL-PLANE",
        };

    private static async Task<Credentials> CallerAsync(
        LocalAws aws,
        string kind,
        string own,
        string sessionPolicy
    )
    {
        if (kind == "user")
        {
            await aws.PutCallerAsync(Policy(own));
            return LocalAws.Caller;
        }
        var role = $"arn:aws:iam::{Vendor}:role/Caller";
        await aws.PutCallerAsync();
        await aws.PutRoleOfAsync(
            role,
            Policies.Document(Policies.Statement("Allow", "sts:AssumeRole")),
            Policy(own)
        );
        return await aws.SessionAsync(
            new AssumeRoleParameters()
                .With("RoleArn", role)
                .With(
                    "Policy",
                    sessionPolicy == "none" ? null : Policy(sessionPolicy).ToJsonString()
                )
        );
    }

    private static JsonObject Policy(string answer) =>
        answer switch
        {
            "allow" => Policies.Permission("Allow", "sts:*", "*"),
            "silent" => Policies.Permission("Allow", "lambda:*", "*"),
            _ => Policies.Document(
                Policies.Permission("Allow", "sts:*", "*")["Statement"]![0]!.DeepClone().AsObject(),
                Policies.Permission("Deny", "sts:AssumeRole", "*")["Statement"]![0]!
                    .DeepClone()
                    .AsObject()
            ),
        };
}
