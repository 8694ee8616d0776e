using System.Text.Json.Nodes;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>The userIdentity of a record ("CloudTrail userIdentity element").</summary>
internal static class UserIdentity
{
    public static JsonObject Of(Caller caller) =>
        caller.Arn.Kind switch
        {
            PrincipalKind.Root => Own("Root", caller),
            PrincipalKind.User => WithName(Own("IAMUser", caller), caller.Arn.Name),
            _ => AssumedRole(caller),
        };

    /// <summary>What another account gets to see of a caller: no name, and no key.</summary>
    public static JsonObject FromAnotherAccount(Caller caller) =>
        new()
        {
            ["type"] = "AWSAccount",
            ["principalId"] = caller.UserId,
            ["accountId"] = caller.AccountId,
        };

    /// <summary>Somebody who used this key and could not prove that it is theirs.</summary>
    public static JsonObject Unproven(Caller caller) =>
        new()
        {
            ["type"] = "Unknown",
            ["accountId"] = caller.AccountId,
            ["accessKeyId"] = caller.AccessKeyId,
        };

    private static JsonObject Own(string type, Caller caller) =>
        new()
        {
            ["type"] = type,
            ["principalId"] = caller.UserId,
            ["arn"] = caller.Arn.Text,
            ["accountId"] = caller.AccountId,
            ["accessKeyId"] = caller.AccessKeyId,
        };

    private static JsonObject WithName(JsonObject identity, string userName)
    {
        identity["userName"] = userName;
        return identity;
    }

    private static JsonObject AssumedRole(Caller caller)
    {
        var issuer = caller.Issuer!;
        var context = new JsonObject
        {
            ["sessionIssuer"] = new JsonObject
            {
                ["type"] = "Role",
                ["principalId"] = issuer.RoleId,
                ["arn"] = issuer.Arn.ToString(),
                ["accountId"] = issuer.Arn.AccountId,
                ["userName"] = issuer.Arn.Name,
            },
            ["attributes"] = new JsonObject
            {
                ["creationDate"] = TrailRecord.Timestamp(issuer.SessionCreatedAt),
                ["mfaAuthenticated"] = "false",
            },
        };
        if (caller.Session?.SourceIdentity is { } sourceIdentity)
        {
            context["sourceIdentity"] = sourceIdentity;
        }
        var identity = Own("AssumedRole", caller);
        identity["sessionContext"] = context;
        return identity;
    }
}
