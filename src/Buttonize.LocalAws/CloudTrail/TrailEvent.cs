using System.Text.Json;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>
/// A call as the operation that served it tells it; the account it belongs to is in the resource. The members that are
/// objects are written when somebody reads the record, not when the call is served.
/// </summary>
internal sealed record TrailEvent(
    AwsCall Call,
    string EventSource,
    string EventName,
    bool ReadOnly,
    EventCategory Category
)
{
    /// <summary>Writes one JSON object. Null: the member is <c>null</c>.</summary>
    public Action<Utf8JsonWriter>? RequestParameters { get; init; }

    /// <summary>Writes one JSON object. Null: the member is <c>null</c>.</summary>
    public Action<Utf8JsonWriter>? ResponseElements { get; init; }

    /// <summary>Writes one JSON object. Null: there is no such member.</summary>
    public Action<Utf8JsonWriter>? AdditionalEventData { get; init; }
    public TrailResource? Resource { get; init; }
    public AwsError? Error { get; init; }
}

internal enum EventCategory
{
    Management,
    Data,
}

internal sealed record TrailResource(string AccountId, string Type, string Arn);
