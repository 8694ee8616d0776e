using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>A session with all that the answer and the trail say about it.</summary>
/// <param name="PackedPolicySize">Percent; null when nothing was packed.</param>
internal sealed record IssuedSession(
    Session Session,
    SessionCredentials Credentials,
    int? PackedPolicySize
)
{
    public string Arn => Session.Role.Session(Session.Name).Text;

    public string AssumedRoleId => $"{Session.RoleId}:{Session.Name}";
}

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
        IssuedSession issued
    ) =>
        new(
            Event(call, request, role) with
            {
                ResponseElements = ResponseElements(issued),
            },
            [.. Result(issued).OfType<XElement>()]
        );

    private static IEnumerable<XElement?> Result(IssuedSession issued)
    {
        var credentials = issued.Credentials;
        return
        [
            issued.Session.SourceIdentity is { } identity
                ? StsXml.Element("SourceIdentity", identity)
                : null,
            StsXml.Element(
                "AssumedRoleUser",
                StsXml.Element("AssumedRoleId", issued.AssumedRoleId),
                StsXml.Element("Arn", issued.Arn)
            ),
            StsXml.Element(
                "Credentials",
                StsXml.Element("AccessKeyId", credentials.AccessKeyId),
                StsXml.Element("SecretAccessKey", credentials.SecretAccessKey),
                StsXml.Element("SessionToken", credentials.SessionToken),
                StsXml.Element("Expiration", StsXml.Timestamp(credentials.ExpiresAt))
            ),
            issued.PackedPolicySize is { } packed
                ? StsXml.Element("PackedPolicySize", packed)
                : null,
        ];
    }

    /// <summary>As AWS does it: the token is in the record, the secret key never.</summary>
    private static JsonObject ResponseElements(IssuedSession issued)
    {
        var response = new JsonObject
        {
            ["credentials"] = new JsonObject
            {
                ["accessKeyId"] = issued.Credentials.AccessKeyId,
                ["sessionToken"] = issued.Credentials.SessionToken,
                ["expiration"] = issued.Credentials.ExpiresAt.UtcDateTime.ToString(
                    "MMM d, yyyy, h:mm:ss tt",
                    CultureInfo.InvariantCulture
                ),
            },
            ["assumedRoleUser"] = new JsonObject
            {
                ["assumedRoleId"] = issued.AssumedRoleId,
                ["arn"] = issued.Arn,
            },
        };
        AddIfPresent(response, "packedPolicySize", issued.PackedPolicySize);
        AddIfPresent(response, "sourceIdentity", issued.Session.SourceIdentity);
        return response;
    }

    private static TrailEvent Event(AwsCall call, AssumeRoleRequest? request, Role? role) =>
        new(call, "sts.amazonaws.com", "AssumeRole", ReadOnly: true, EventCategory.Management)
        {
            RequestParameters = request is null ? null : RequestParameters(request),
            Resource = role is null
                ? null
                : new TrailResource(role.Arn.AccountId, "AWS::IAM::Role", role.Arn.ToString()),
        };

    private static JsonObject RequestParameters(AssumeRoleRequest request)
    {
        var parameters = new JsonObject { ["roleArn"] = request.RoleArn.ToString() };
        AddIfPresent(parameters, "durationSeconds", request.DurationSeconds);
        parameters["roleSessionName"] = request.RoleSessionName;
        AddIfPresent(parameters, "sourceIdentity", request.SourceIdentity);
        AddIfPresent(parameters, "policy", request.PolicyText);
        AddIfAny(
            parameters,
            "tags",
            request.Tags.Select(tag => new JsonObject { ["key"] = tag.Key, ["value"] = tag.Value })
        );
        AddIfAny(
            parameters,
            "transitiveTagKeys",
            request.TransitiveTagKeys.Select(key => JsonValue.Create(key))
        );
        AddIfPresent(parameters, "externalId", request.ExternalId);
        return parameters;
    }

    private static void AddIfPresent(JsonObject parent, string name, JsonNode? value)
    {
        if (value is not null)
        {
            parent[name] = value;
        }
    }

    private static void AddIfAny(JsonObject parent, string name, IEnumerable<JsonNode?> items)
    {
        JsonNode?[] all = [.. items];
        if (all.Length > 0)
        {
            parent[name] = new JsonArray(all);
        }
    }
}
