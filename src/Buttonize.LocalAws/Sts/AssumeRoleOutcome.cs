using System.Globalization;
using System.Text.Json.Nodes;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>AssumeRole's answer and its CloudTrail event.</summary>
internal static class AssumeRoleOutcome
{
    /// <param name="request">Null when the request broke the API model; then the event has no parameters.</param>
    /// <param name="role">Null when unknown: then only the caller's account hears of it.</param>
    public static StsOutcome Refused(
        AwsCall call,
        AssumeRoleRequest? request,
        Role? role,
        AwsError error
    ) => new(Event(call, request, role) with { Error = error }, null);

    public static StsOutcome Issued(
        AwsCall call,
        AssumeRoleRequest request,
        Role role,
        Session session,
        SessionCredentials credentials,
        int? packedPolicySize
    )
    {
        var arn = role.Arn.Session(session.Name).Text;
        var id = $"{role.RoleId}:{session.Name}";
        var sourceIdentity = session.SourceIdentity;
        var response = new JsonObject
        {
            // As AWS does: the token is in the record, the secret key never.
            ["credentials"] = new JsonObject
            {
                ["accessKeyId"] = credentials.AccessKeyId,
                ["sessionToken"] = credentials.SessionToken,
                ["expiration"] = session.ExpiresAt.UtcDateTime.ToString(
                    "MMM d, yyyy, h:mm:ss tt",
                    CultureInfo.InvariantCulture
                ),
            },
            ["assumedRoleUser"] = new JsonObject { ["assumedRoleId"] = id, ["arn"] = arn },
        };
        if (packedPolicySize is not null)
        {
            response["packedPolicySize"] = packedPolicySize.Value;
        }
        if (sourceIdentity is not null)
        {
            response["sourceIdentity"] = sourceIdentity;
        }
        var result = new[]
        {
            sourceIdentity is null ? null : StsXml.Element("SourceIdentity", sourceIdentity),
            StsXml.Element(
                "AssumedRoleUser",
                StsXml.Element("AssumedRoleId", id),
                StsXml.Element("Arn", arn)
            ),
            StsXml.Element(
                "Credentials",
                StsXml.Element("AccessKeyId", credentials.AccessKeyId),
                StsXml.Element("SecretAccessKey", credentials.SecretAccessKey),
                StsXml.Element("SessionToken", credentials.SessionToken),
                StsXml.Element("Expiration", StsXml.Timestamp(session.ExpiresAt))
            ),
            packedPolicySize is null ? null : StsXml.Element("PackedPolicySize", packedPolicySize),
        };
        return new StsOutcome(
            Event(call, request, role) with
            {
                ResponseElements = response,
            },
            [.. result.OfType<System.Xml.Linq.XElement>()]
        );
    }

    private static TrailEvent Event(AwsCall call, AssumeRoleRequest? request, Role? role) =>
        new(call, "sts.amazonaws.com", "AssumeRole", ReadOnly: true, EventCategory.Management)
        {
            RequestParameters = request is null ? null : Parameters(request),
            Resource = role is null
                ? null
                : new TrailResource(role.Arn.AccountId, "AWS::IAM::Role", role.Arn.ToString()),
        };

    private static JsonObject Parameters(AssumeRoleRequest request)
    {
        var parameters = new JsonObject { ["roleArn"] = request.RoleArn.ToString() };
        if (request.DurationSeconds is { } seconds)
        {
            parameters["durationSeconds"] = seconds;
        }
        parameters["roleSessionName"] = request.RoleSessionName;
        if (request.SourceIdentity is not null)
        {
            parameters["sourceIdentity"] = request.SourceIdentity;
        }
        if (request.PolicyText is not null)
        {
            parameters["policy"] = request.PolicyText;
        }
        if (request.Tags.Count > 0)
        {
            parameters["tags"] = new JsonArray([
                .. request.Tags.Select(tag => new JsonObject
                {
                    ["key"] = tag.Key,
                    ["value"] = tag.Value,
                }),
            ]);
        }
        if (request.TransitiveTagKeys.Count > 0)
        {
            parameters["transitiveTagKeys"] = new JsonArray([
                .. request.TransitiveTagKeys.Select(key => JsonValue.Create(key)),
            ]);
        }
        if (request.ExternalId is not null)
        {
            parameters["externalId"] = request.ExternalId;
        }
        return parameters;
    }
}
