namespace Buttonize.LocalAws.Sts;

internal sealed record SentTag(string? Key, string? Value);

/// <summary>AssumeRole's parameters as they were sent: any can be missing or wrong.</summary>
internal sealed record SentAssumeRole(
    string? RoleArn,
    string? RoleSessionName,
    string? DurationSeconds,
    string? ExternalId,
    string? SourceIdentity,
    string? Policy,
    IReadOnlyList<SentTag> Tags,
    IReadOnlyList<string> TransitiveTagKeys
)
{
    /// <summary>Takes what AssumeRole has; what it does not have, or is not supported here, stays behind.</summary>
    public static SentAssumeRole Take(QueryParameters parameters)
    {
        // An empty list of managed policies is harmless; its entries stay behind, and are refused by name.
        parameters.Members("PolicyArns", [".arn"]);
        return new SentAssumeRole(
            parameters.Take("RoleArn"),
            parameters.Take("RoleSessionName"),
            parameters.Take("DurationSeconds"),
            parameters.Take("ExternalId"),
            parameters.Take("SourceIdentity"),
            parameters.Take("Policy"),
            [
                .. parameters
                    .Members("Tags", [".Key", ".Value"])
                    .Select(prefix => new SentTag(
                        parameters.Take(prefix + ".Key"),
                        parameters.Take(prefix + ".Value")
                    )),
            ],
            parameters.TakeList("TransitiveTagKeys")
        );
    }

    /// <summary>Without the External ID.</summary>
    public override string ToString() => $"{RoleArn} as {RoleSessionName}";
}
