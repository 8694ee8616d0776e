using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>AssumeRole: validate, authorize each action on its own, issue.</summary>
internal sealed class AssumeRole(IamDirectory directory, SessionTokens tokens)
{
    /// <summary>"Role chaining limits your role session to a maximum of one hour" (AssumeRole).</summary>
    public const int MaxChainedDurationSeconds = 3600;

    public StsOutcome Run(AwsCall call, QueryParameters parameters)
    {
        var (request, invalid) = AssumeRoleParser.Parse(parameters);
        if (request is null)
        {
            return AssumeRoleOutcome.Refused(call, null, null, invalid!);
        }
        var role = directory.FindRole(request.RoleArn);
        if (Refusal(call, role, request) is { } refusal)
        {
            return AssumeRoleOutcome.Refused(call, request, role, refusal);
        }
        var session = NewSession(call, role!, request);
        var packed = PackedPolicySize.Estimate(session.Tags, request.PolicyText);
        if (packed > PackedPolicySize.Limit)
        {
            var tooLarge = StsErrors.PackedTooLarge(packed.Value, request.Policy is not null);
            return AssumeRoleOutcome.Refused(call, request, role, tooLarge);
        }
        var issued = new IssuedSession(session, tokens.Issue(session), packed);
        return AssumeRoleOutcome.Issued(call, request, role!, issued);
    }

    private static AwsError? Refusal(AwsCall call, Role? role, AssumeRoleRequest request)
    {
        if (call.Caller.Arn.Kind == PrincipalKind.Root)
        {
            return StsErrors.RootMayNotAssume;
        }
        // A role that does not exist refuses in the same words, so that nobody can find out which do.
        return role is null
            ? NotAuthorized(call, "sts:AssumeRole", request)
            : FirstRefused(call, role, request) ?? CheckSession(call.Caller, role, request);
    }

    private static AwsError? FirstRefused(AwsCall call, Role role, AssumeRoleRequest request)
    {
        var refused = AssumeRoleActions
            .Of(call, role, request)
            .FirstOrDefault(asked => !RoleTrust.Allows(role, call.Caller, asked));
        return refused is null ? null : NotAuthorized(call, refused.Action, request);
    }

    private static AwsError? CheckSession(Caller caller, Role role, AssumeRoleRequest request)
    {
        var seconds = request.DurationSeconds ?? AssumeRoleRequest.DefaultDurationSeconds;
        if (caller.Issuer is not null && seconds > MaxChainedDurationSeconds)
        {
            return StsErrors.Invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            );
        }
        if (seconds > role.MaxSessionDuration)
        {
            return StsErrors.Invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            );
        }
        return CheckInheritance(caller.Session, request);
    }

    private static AwsError? CheckInheritance(Session? calling, AssumeRoleRequest request)
    {
        if (
            calling?.SourceIdentity is { } inherited
            && request.SourceIdentity is { } wanted
            && wanted != inherited
        )
        {
            return StsErrors.InvalidParameterValue(
                "The source identity of the calling session can't be changed."
            );
        }
        var inheritedKeys = calling?.TransitiveTagKeys ?? [];
        var keys = request.Tags.Select(tag => tag.Key).ToArray();
        if (keys.Intersect(inheritedKeys, StringComparer.OrdinalIgnoreCase).Any())
        {
            return StsErrors.InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                    + "from the calling session."
            );
        }
        if (keys.Length + inheritedKeys.Count > AssumeRoleConstraints.MaxTags)
        {
            return StsErrors.InvalidParameterValue(
                $"A session cannot have more than {AssumeRoleConstraints.MaxTags} tags, with those it inherits."
            );
        }
        return request.TransitiveTagKeys.Except(keys, StringComparer.OrdinalIgnoreCase).Any()
            ? StsErrors.InvalidParameterValue(
                "The specified transitive tag key must be included in the requested tags."
            )
            : null;
    }

    private static Session NewSession(AwsCall call, Role role, AssumeRoleRequest request)
    {
        var calling = call.Caller.Session;
        var inherited = calling?.TransitiveTagKeys ?? [];
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in inherited)
        {
            tags[key] = calling!.Tags[key];
        }
        foreach (var tag in request.Tags)
        {
            tags[tag.Key] = tag.Value;
        }
        var seconds = request.DurationSeconds ?? AssumeRoleRequest.DefaultDurationSeconds;
        // AWS's expirations have whole seconds; the session ends exactly when it says.
        var issuedAt = call.Time.AddTicks(-(call.Time.Ticks % TimeSpan.TicksPerSecond));
        return new Session(
            UniqueId.NewSessionKey(),
            role.Arn,
            role.RoleId,
            request.RoleSessionName,
            issuedAt,
            issuedAt.AddSeconds(seconds),
            request.SourceIdentity ?? calling?.SourceIdentity,
            tags,
            [.. inherited.Union(request.TransitiveTagKeys, StringComparer.OrdinalIgnoreCase)],
            request.PolicyText
        );
    }

    private static AwsError NotAuthorized(AwsCall call, string action, AssumeRoleRequest request) =>
        StsErrors.NotAuthorized(call.Caller.Arn.Text, action, request.RoleArn.ToString());
}
