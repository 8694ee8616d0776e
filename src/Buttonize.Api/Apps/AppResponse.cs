using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>An app on the wire: what was registered without the External ID, and what the control plane knows about it.</summary>
internal sealed record AppResponse(
    string AppId,
    string OrganizationId,
    string AccountId,
    string Name,
    string Description,
    string Stage,
    IReadOnlyList<string> Tags,
    string ExecutionRoleArn,
    string Region,
    IReadOnlyList<string> FunctionArns,
    bool RestrictSessionToFunctions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    VerificationResponse Verification,
    PendingReplacementResponse? PendingReplacement,
    SuspensionResponse? Suspension,
    IReadOnlyList<WarningResponse> Warnings
)
{
    /// <summary>The app as it goes over the wire.</summary>
    public static AppResponse Of(App app)
    {
        var definition = app.Definition;
        return new AppResponse(
            app.Id.Value,
            app.Organization.Value,
            definition.ExecutionRoleArn.AccountId,
            definition.Name,
            definition.Description,
            definition.Stage,
            definition.Tags,
            definition.ExecutionRoleArn.Value,
            definition.Region,
            definition.FunctionArns,
            definition.RestrictSessionToFunctions,
            app.CreatedAt,
            app.UpdatedAt,
            VerificationResponse.Of(app.Verification),
            app.PendingReplacement is { } pending
                ? new PendingReplacementResponse(
                    pending.Definition.ExecutionRoleArn.Value,
                    VerificationResponse.Of(pending.Verification)
                )
                : null,
            SuspensionResponse.Of(app.Suspension),
            [.. AppWarnings.Of(app)]
        );
    }
}

/// <summary>A verdict on the wire.</summary>
internal sealed record VerificationResponse(
    string Status,
    DateTimeOffset CheckedAt,
    IReadOnlyList<VerificationCheck> Checks,
    IReadOnlyList<string> MissingActions
)
{
    /// <summary>The verdict as it goes over the wire.</summary>
    public static VerificationResponse Of(Verification verification) =>
        new(
            verification.Status.Wire(),
            verification.CheckedAt,
            verification.Checks,
            verification.MissingActions
        );
}

/// <summary>A replacement that waits for its proof, on the wire.</summary>
internal sealed record PendingReplacementResponse(
    string ExecutionRoleArn,
    VerificationResponse Verification
);

/// <summary>A suspension on the wire.</summary>
internal sealed record SuspensionResponse(string Reason, DateTimeOffset At, string By)
{
    /// <summary>The suspension as it goes over the wire, or null.</summary>
    public static SuspensionResponse? Of(Suspension? suspension) =>
        suspension is null
            ? null
            : new SuspensionResponse(suspension.Reason, suspension.At, suspension.ByText);
}

/// <summary>Something about an app that its owner should mend, though it serves.</summary>
internal sealed record WarningResponse(string Code, string Detail);

/// <summary>A new External ID on the wire, the only answer that shows it.</summary>
internal sealed record ExternalIdResponse(string ExternalId, DateTimeOffset ExpiresAt)
{
    /// <summary>Never the value.</summary>
    public override string ToString() => "[redacted External ID]";
}
