using System.Text.Json.Serialization;
using Buttonize.LocalAws.Iam;

namespace Buttonize.LocalAws.Sts;

/// <summary>What AssumeRole decided about a session, and what its token carries.</summary>
/// <param name="Tags">Passed and inherited; keys compare without case.</param>
/// <param name="PolicyText">The session policy as it was sent.</param>
/// <param name="TransitiveTagKeys">Those of the tags that sessions chained from this one inherit.</param>
internal sealed record Session(
    string AccessKeyId,
    RoleArn Role,
    string RoleId,
    string Name,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    string? SourceIdentity,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<string> TransitiveTagKeys,
    string? PolicyText
)
{
    [JsonIgnore]
    public string Arn => Role.Session(Name).Text;

    [JsonIgnore]
    public string AssumedRoleId => $"{RoleId}:{Name}";
}
