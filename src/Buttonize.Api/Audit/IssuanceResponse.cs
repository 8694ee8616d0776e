namespace Buttonize.Api.Audit;

/// <summary>An entry of the ledger on the wire; a line of an export as well.</summary>
internal sealed record IssuanceResponse(
    string IssuanceId,
    DateTimeOffset IssuedAt,
    string UserId,
    string UserName,
    string AppId,
    string ExecutionRoleArn,
    string AccessKeyId,
    string AssumedRoleArn,
    string AssumedRoleId,
    string SourceIdentity,
    DateTimeOffset Expiration,
    string? StsRequestId,
    string Region,
    string StsRegion,
    bool LocalDevelopment,
    string? SourceIp,
    string? UserAgent
)
{
    /// <summary>The entry as it goes over the wire.</summary>
    public static IssuanceResponse Of(Issuance entry) =>
        new(
            entry.Id.Value,
            entry.IssuedAt,
            entry.User.Value,
            entry.UserName,
            entry.App.Value,
            entry.ExecutionRoleArn,
            entry.AccessKeyId,
            entry.AssumedRoleArn,
            entry.AssumedRoleId,
            entry.SourceIdentity,
            entry.Expiration,
            entry.StsRequestId,
            entry.Region,
            entry.StsRegion,
            entry.LocalDevelopment,
            entry.Client.SourceIp,
            entry.Client.UserAgent
        );
}
