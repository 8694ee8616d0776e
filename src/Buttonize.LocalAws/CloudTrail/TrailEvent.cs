using System.Text.Json.Nodes;

namespace Buttonize.LocalAws.CloudTrail;

/// <summary>A call as the operation that served it tells it; the account it belongs to is in the resource.</summary>
internal sealed record TrailEvent(
    AwsCall Call,
    string EventSource,
    string EventName,
    bool ReadOnly,
    EventCategory Category
)
{
    /// <summary>False when the signature was refused: then nobody is known to have called.</summary>
    public bool Authenticated { get; init; } = true;
    public JsonObject? RequestParameters { get; init; }
    public JsonObject? ResponseElements { get; init; }
    public JsonObject? AdditionalEventData { get; init; }
    public TrailResource? Resource { get; init; }
    public AwsError? Error { get; init; }
}

internal enum EventCategory
{
    Management,
    Data,
}

internal sealed record TrailResource(string AccountId, string Type, string Arn);
