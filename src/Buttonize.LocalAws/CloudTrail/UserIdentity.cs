using System.Text.Json;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// The userIdentity of a record ("CloudTrail userIdentity element"). Tags of principals and sessions are not part of it.
/// </summary>
internal static class UserIdentity
{
    public static void Write(Utf8JsonWriter json, Caller caller, string recipientAccountId)
    {
        json.WriteStartObject();
        if (caller.AccountId == recipientAccountId)
        {
            WriteOwn(json, caller);
        }
        else
        {
            WriteOfAnotherAccount(json, caller);
        }
        json.WriteEndObject();
    }

    private static void WriteOwn(Utf8JsonWriter json, Caller caller)
    {
        json.WriteString("type", TypeOf(caller.Arn.Kind));
        json.WriteString("principalId", caller.UserId);
        json.WriteString("arn", caller.Arn.Text);
        json.WriteString("accountId", caller.AccountId);
        json.WriteString("accessKeyId", caller.AccessKeyId);
        if (caller.Arn.Kind == PrincipalKind.User)
        {
            json.WriteString("userName", caller.Arn.Name);
        }
        if (caller.Issuer is { } issuer)
        {
            WriteSession(json, issuer, caller.Session?.SourceIdentity);
        }
    }

    /// <summary>
    /// What another account gets to see of a caller: its account and its unique id ("Logging IAM and AWS STS API calls with
    /// AWS CloudTrail", cross-account example); no name, and no key.
    /// </summary>
    private static void WriteOfAnotherAccount(Utf8JsonWriter json, Caller caller)
    {
        json.WriteString("type", "AWSAccount");
        json.WriteString("principalId", caller.UserId);
        json.WriteString("accountId", caller.AccountId);
    }

    /// <param name="sourceIdentity">As set for the session or inherited along a chain of roles.</param>
    private static void WriteSession(
        Utf8JsonWriter json,
        SessionIssuer issuer,
        string? sourceIdentity
    )
    {
        json.WriteStartObject("sessionContext");
        json.WriteStartObject("sessionIssuer");
        json.WriteString("type", "Role");
        json.WriteString("principalId", issuer.RoleId);
        json.WriteString("arn", issuer.Arn.ToString());
        json.WriteString("accountId", issuer.Arn.AccountId);
        json.WriteString("userName", issuer.Arn.Name);
        json.WriteEndObject();
        json.WriteStartObject("attributes");
        json.WriteString("creationDate", TrailRecord.Timestamp(issuer.SessionCreatedAt));
        json.WriteString("mfaAuthenticated", "false");
        json.WriteEndObject();
        json.WriteStringIfAny("sourceIdentity", sourceIdentity);
        json.WriteEndObject();
    }

    private static string TypeOf(PrincipalKind kind) =>
        kind switch
        {
            PrincipalKind.Root => "Root",
            PrincipalKind.User => "IAMUser",
            _ => "AssumedRole",
        };
}
