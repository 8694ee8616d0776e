using System.Globalization;
using System.Text.Json;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// One record of one account, in AWS's shape ("CloudTrail record contents for management, data, and network activity
/// events"), members in the order of AWS's own files.
/// </summary>
/// <param name="SharedEventId">Set when the same call is recorded in two accounts.</param>
internal sealed record TrailRecord(
    TrailEvent Source,
    string RecipientAccountId,
    string? SharedEventId
)
{
    private const string EventVersion = "1.08";

    public Guid EventId { get; } = Guid.NewGuid();

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteCall(json);
        WriteOutcome(json);
        WriteEnvelope(json);
        json.WriteEndObject();
    }

    public static string Timestamp(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void WriteCall(Utf8JsonWriter json)
    {
        var call = Source.Call;
        json.WriteString("eventVersion", EventVersion);
        json.WritePropertyName("userIdentity");
        UserIdentity.Write(json, call.Caller, RecipientAccountId);
        json.WriteString("eventTime", Timestamp(call.Time));
        json.WriteString("eventSource", Source.EventSource);
        json.WriteString("eventName", Source.EventName);
        json.WriteString("awsRegion", call.Region);
        json.WriteString("sourceIPAddress", call.SourceIpAddress);
        json.WriteString("userAgent", call.UserAgent);
    }

    private void WriteOutcome(Utf8JsonWriter json)
    {
        if (Source.Error is { } error)
        {
            json.WriteString("errorCode", error.Code);
            json.WriteString("errorMessage", error.Message);
        }
        json.WriteObjectOrNull("requestParameters", Source.RequestParameters);
        json.WriteObjectOrNull("responseElements", Source.ResponseElements);
        if (Source.AdditionalEventData is { } additional)
        {
            json.WriteObjectOrNull("additionalEventData", additional);
        }
    }

    private void WriteEnvelope(Utf8JsonWriter json)
    {
        json.WriteString("requestID", Source.Call.RequestId);
        json.WriteString("eventID", EventId);
        json.WriteBoolean("readOnly", Source.ReadOnly);
        WriteResource(json, Source.Resource);
        json.WriteString("eventType", "AwsApiCall");
        json.WriteBoolean("managementEvent", Source.Category == EventCategory.Management);
        json.WriteString("recipientAccountId", RecipientAccountId);
        json.WriteStringIfAny("sharedEventID", SharedEventId);
        json.WriteString("eventCategory", Source.Category.ToString());
        // AWS's records have tlsVersion and cipherSuite here too. Calls to this program come without TLS.
        json.WriteStartObject("tlsDetails");
        json.WriteString("clientProvidedHostHeader", Source.Call.Host);
        json.WriteEndObject();
    }

    private static void WriteResource(Utf8JsonWriter json, TrailResource? resource)
    {
        if (resource is null)
        {
            return;
        }
        json.WriteStartArray("resources");
        json.WriteStartObject();
        json.WriteString("accountId", resource.AccountId);
        json.WriteString("type", resource.Type);
        json.WriteString("ARN", resource.Arn);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
