using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>
/// The actions that one AssumeRole call asks for. Each is authorized on its own, with only the condition keys that it
/// has: <c>sts:ExternalId</c> exists for AssumeRole alone, so a statement with it never allows the other two ("Actions,
/// resources, and condition keys for AWS Security Token Service").
/// </summary>
internal static class AssumeRoleActions
{
    public static IEnumerable<AccessRequest> Of(AwsCall call, Role role, AssumeRoleRequest request)
    {
        var resource = role.Arn.ToString();
        var calling = call.Caller.Session;
        var sourceIdentity = request.SourceIdentity ?? calling?.SourceIdentity;
        var caller = RequestContext.Of(call);
        var tags = WithTags(caller, request);
        yield return new AccessRequest(
            "sts:AssumeRole",
            resource,
            tags.With(
                (ConditionKeys.ExternalId, request.ExternalId),
                (ConditionKeys.RoleSessionName, request.RoleSessionName),
                (ConditionKeys.RequestedSourceIdentity, sourceIdentity)
            )
        );
        // Transitive tags that are inherited have to be let in by every role of a chain too.
        if (request.Tags.Count > 0 || calling is { TransitiveTagKeys.Count: > 0 })
        {
            yield return new AccessRequest("sts:TagSession", resource, tags);
        }
        // So has an inherited source identity ("Monitor and control actions taken with assumed roles").
        if (sourceIdentity is not null)
        {
            yield return new AccessRequest(
                "sts:SetSourceIdentity",
                resource,
                caller.With((ConditionKeys.RequestedSourceIdentity, sourceIdentity))
            );
        }
    }

    private static RequestContext WithTags(RequestContext context, AssumeRoleRequest request)
    {
        (string, string?)[] tags =
        [
            .. request.Tags.Select(tag =>
                (ConditionKeys.RequestTagPrefix + tag.Key, (string?)tag.Value)
            ),
        ];
        return context
            .With(tags)
            .WithList(ConditionKeys.TagKeys, [.. request.Tags.Select(tag => tag.Key)])
            .WithList(ConditionKeys.TransitiveTagKeys, request.TransitiveTagKeys);
    }
}
