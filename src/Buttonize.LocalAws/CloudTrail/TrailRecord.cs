using System.Globalization;
using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>One record in AWS's shape ("CloudTrail record contents"), members in AWS's order.</summary>
internal static class TrailRecord
{
    private const string EventVersion = "1.08";

    /// <param name="sharedEventId">Set when the same call is recorded in two accounts.</param>
    public static JsonObject Of(TrailEvent source, string recipientAccountId, string? sharedEventId)
    {
        var call = source.Call;
        var record = new JsonObject
        {
            ["eventVersion"] = EventVersion,
            ["userIdentity"] = Identity(source, recipientAccountId),
            ["eventTime"] = Timestamp(call.Time),
            ["eventSource"] = source.EventSource,
            ["eventName"] = source.EventName,
            ["awsRegion"] = call.Region,
            ["sourceIPAddress"] = call.SourceIpAddress,
            ["userAgent"] = call.UserAgent,
        };
        if (source.Error is { } error)
        {
            record["errorCode"] = error.Code;
            record["errorMessage"] = error.Message;
        }
        record["requestParameters"] = source.RequestParameters?.DeepClone();
        record["responseElements"] = source.ResponseElements?.DeepClone();
        AddIfPresent(record, "additionalEventData", source.AdditionalEventData?.DeepClone());
        record["requestID"] = call.RequestId;
        record["eventID"] = Guid.NewGuid().ToString();
        record["readOnly"] = source.ReadOnly;
        AddIfPresent(record, "resources", Resources(source.Resource));
        record["eventType"] = "AwsApiCall";
        record["managementEvent"] = source.Category == EventCategory.Management;
        record["recipientAccountId"] = recipientAccountId;
        AddIfPresent(record, "sharedEventID", sharedEventId);
        record["eventCategory"] = source.Category.ToString();
        // AWS's records have tlsVersion and cipherSuite here too. Calls to this program come without TLS.
        record["tlsDetails"] = new JsonObject { ["clientProvidedHostHeader"] = call.Host };
        return record;
    }

    public static string Timestamp(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Identity(TrailEvent source, string recipientAccountId)
    {
        var caller = source.Call.Caller;
        if (!source.Authenticated)
        {
            return UserIdentity.Unproven(caller);
        }
        return recipientAccountId == caller.AccountId
            ? UserIdentity.Of(caller)
            : UserIdentity.FromAnotherAccount(caller);
    }

    private static JsonArray? Resources(TrailResource? resource) =>
        resource is null
            ? null
            :
            [
                new JsonObject
                {
                    ["accountId"] = resource.AccountId,
                    ["type"] = resource.Type,
                    ["ARN"] = resource.Arn,
                },
            ];

    private static void AddIfPresent(JsonObject record, string name, JsonNode? value)
    {
        if (value is not null)
        {
            record[name] = value;
        }
    }
}
