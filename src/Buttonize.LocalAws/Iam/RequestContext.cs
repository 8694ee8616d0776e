using System.Globalization;

namespace Buttonize.LocalAws.Iam;

/// <summary>The condition keys that one request has, and their values ("Request context"). A key it lacks is absent.</summary>
internal sealed class RequestContext
{
    private readonly Dictionary<string, IReadOnlyList<string>> values;

    private RequestContext(Dictionary<string, IReadOnlyList<string>> values) =>
        this.values = values;

    /// <returns>Null when the request does not have the key.</returns>
    public IReadOnlyList<string>? Find(string key) => values.GetValueOrDefault(key);

    /// <summary>The keys that every request of this caller has, whatever its action.</summary>
    public static RequestContext Of(AwsCall call)
    {
        var caller = call.Caller;
        var context = new RequestContext(new(StringComparer.OrdinalIgnoreCase));
        context.Set(ConditionKeys.PrincipalArn, PrincipalArn(caller));
        context.Set(ConditionKeys.PrincipalAccount, caller.AccountId);
        context.Set(ConditionKeys.PrincipalType, PrincipalType(caller.Arn.Kind));
        context.Set(ConditionKeys.UserId, caller.UserId);
        context.Set(
            ConditionKeys.UserName,
            caller.Arn.Kind == PrincipalKind.User ? caller.Arn.Name : null
        );
        context.Set(ConditionKeys.SourceIdentity, caller.Session?.SourceIdentity);
        context.Set(
            ConditionKeys.TokenIssueTime,
            caller.Issuer is { } issuer ? Iso(issuer.SessionCreatedAt) : null
        );
        foreach (var (key, value) in caller.Tags)
        {
            context.Set(ConditionKeys.PrincipalTagPrefix + key, value);
        }
        context.Set(ConditionKeys.SourceIp, call.SourceIpAddress);
        context.Set(ConditionKeys.SecureTransport, call.IsSecure ? "true" : "false");
        context.Set(ConditionKeys.RequestedRegion, call.Region);
        context.Set(ConditionKeys.UserAgent, call.UserAgent.Length > 0 ? call.UserAgent : null);
        context.Set(ConditionKeys.CurrentTime, Iso(call.Time));
        context.Set(
            ConditionKeys.EpochTime,
            call.Time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
        );
        return context;
    }

    /// <summary>This context with the keys of one action added; a value of null adds nothing.</summary>
    public RequestContext With(params ReadOnlySpan<(string Key, string? Value)> keys)
    {
        var context = new RequestContext(new(values, StringComparer.OrdinalIgnoreCase));
        foreach (var (key, value) in keys)
        {
            context.Set(key, value);
        }
        return context;
    }

    /// <summary>This context with a multivalued key added; an empty list adds nothing.</summary>
    public RequestContext WithList(string key, IReadOnlyList<string> list)
    {
        if (list.Count == 0)
        {
            return this;
        }
        var context = With();
        context.values[key] = list;
        return context;
    }

    private void Set(string key, string? value)
    {
        if (value is not null)
        {
            values[key] = [value];
        }
    }

    /// <summary>For a session the role's ARN, with its path, not the session's (aws:PrincipalArn).</summary>
    private static string PrincipalArn(Caller caller) =>
        caller.Issuer is { } issuer ? issuer.Arn.ToString() : caller.Arn.Text;

    /// <summary>"Principal key values" in "IAM policy elements: Variables and tags".</summary>
    private static string PrincipalType(PrincipalKind kind) =>
        kind switch
        {
            PrincipalKind.Root => "Account",
            PrincipalKind.User => "User",
            _ => "AssumedRole",
        };

    private static string Iso(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
