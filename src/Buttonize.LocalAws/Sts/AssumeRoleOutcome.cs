using System.Globalization;
using System.Text.Json;
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
);

/// <summary>AssumeRole's answer and its CloudTrail event.</summary>
internal static class AssumeRoleOutcome
{
    /// <summary>
    /// A call that was not authorized is recorded without its parameters and resources, as in AWS's sample of one ("Logging
    /// AWS Lambda API calls using AWS CloudTrail", AccessDenied), so a wrong External ID is in no trail; other errors are
    /// recorded with them ("CloudTrail log file examples", error code and message).
    /// </summary>
    /// <param name="request">Null when the request broke the API model; then the event has no parameters.</param>
    /// <param name="role">Null when unknown.</param>
    public static StsOutcome Refused(
        AwsCall call,
        AssumeRoleRequest? request,
        Role? role,
        AwsError error
    )
    {
        var trail =
            error.Code == StsErrors.AccessDenied
                ? Event(call, request: null, role: null)
                : Event(call, request, role);
        return new(trail with { Error = error }, null);
    }

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
                StsXml.Element("AssumedRoleId", issued.Session.AssumedRoleId),
                StsXml.Element("Arn", issued.Session.Arn)
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

    /// <summary>
    /// As AWS does it: the token is in the record, the secret key never. Only what is written is kept, since records live
    /// longer than the answer.
    /// </summary>
    private static Action<Utf8JsonWriter> ResponseElements(IssuedSession issued)
    {
        var (accessKeyId, sessionToken) = (
            issued.Credentials.AccessKeyId,
            issued.Credentials.SessionToken
        );
        var (session, packedPolicySize) = (issued.Session, issued.PackedPolicySize);
        return json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("credentials");
            json.WriteString("accessKeyId", accessKeyId);
            json.WriteString("sessionToken", sessionToken);
            json.WriteString(
                "expiration",
                session.ExpiresAt.UtcDateTime.ToString(
                    "MMM d, yyyy, h:mm:ss tt",
                    CultureInfo.InvariantCulture
                )
            );
            json.WriteEndObject();
            json.WriteStartObject("assumedRoleUser");
            json.WriteString("assumedRoleId", session.AssumedRoleId);
            json.WriteString("arn", session.Arn);
            json.WriteEndObject();
            json.WriteNumberIfAny("packedPolicySize", packedPolicySize);
            json.WriteStringIfAny("sourceIdentity", session.SourceIdentity);
            json.WriteEndObject();
        };
    }

    private static TrailEvent Event(AwsCall call, AssumeRoleRequest? request, Role? role) =>
        new(call, "sts.amazonaws.com", "AssumeRole", ReadOnly: true, EventCategory.Management)
        {
            RequestParameters = request is null
                ? null
                : json => WriteParameters(json, request, call.Caller.Session),
            Resource = role is null
                ? null
                : new TrailResource(role.Arn.AccountId, "AWS::IAM::Role", role.Arn.ToString()),
        };

    /// <param name="calling">
    /// The session that assumes the next role of a chain: its transitive tags and its source identity are in the record of
    /// the request too ("Logging IAM and AWS STS API calls with AWS CloudTrail", role chaining example).
    /// </param>
    private static void WriteParameters(
        Utf8JsonWriter json,
        AssumeRoleRequest request,
        Session? calling
    )
    {
        json.WriteStartObject();
        WriteIncomingTags(json, calling);
        json.WriteString("roleArn", request.RoleArn.ToString());
        json.WriteNumberIfAny("durationSeconds", request.DurationSeconds);
        json.WriteString("roleSessionName", request.RoleSessionName);
        json.WriteStringIfAny("sourceIdentity", request.SourceIdentity ?? calling?.SourceIdentity);
        json.WriteStringIfAny("policy", request.PolicyText);
        WriteTags(json, request);
        json.WriteStringIfAny("externalId", request.ExternalId);
        json.WriteEndObject();
    }

    private static void WriteIncomingTags(Utf8JsonWriter json, Session? calling)
    {
        if (calling is null or { TransitiveTagKeys: [] })
        {
            return;
        }
        json.WriteStartObject("incomingTransitiveTags");
        foreach (var key in calling.TransitiveTagKeys)
        {
            json.WriteString(key, calling.Tags[key]);
        }
        json.WriteEndObject();
    }

    private static void WriteTags(Utf8JsonWriter json, AssumeRoleRequest request)
    {
        if (request.Tags.Count > 0)
        {
            json.WriteStartArray("tags");
            foreach (var tag in request.Tags)
            {
                json.WriteStartObject();
                json.WriteString("key", tag.Key);
                json.WriteString("value", tag.Value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (request.TransitiveTagKeys.Count > 0)
        {
            json.WriteStartArray("transitiveTagKeys");
            foreach (var key in request.TransitiveTagKeys)
            {
                json.WriteStringValue(key);
            }
            json.WriteEndArray();
        }
    }
}
