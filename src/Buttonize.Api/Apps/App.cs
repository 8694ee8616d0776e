using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What a customer registers, without the External ID.</summary>
/// <param name="Name">1-100 characters; need not be unique.</param>
/// <param name="Description">At most 1,000 characters.</param>
/// <param name="Stage">1-32 characters.</param>
/// <param name="Tags">At most 50, each once.</param>
/// <param name="ExecutionRoleArn">The role that sessions are issued for.</param>
/// <param name="Region">Where the app's functions are.</param>
/// <param name="FunctionArns">At most 100 functions.</param>
/// <param name="RestrictSessionToFunctions">Whether a session policy narrows each session to <paramref name="FunctionArns"/>.</param>
internal sealed record AppDefinition(
    string Name,
    string Description,
    string Stage,
    IReadOnlyList<string> Tags,
    RoleArn ExecutionRoleArn,
    string Region,
    IReadOnlyList<string> FunctionArns,
    bool RestrictSessionToFunctions
);

/// <summary>A replacement whose role is not proven yet; until it is, the app serves as it was.</summary>
internal sealed record PendingReplacement(
    AppDefinition Definition,
    byte[] SealedExternalId,
    Verification Verification
);

/// <summary>Why an app, a member or an organization may not be used for now.</summary>
/// <param name="Reason">1-500 characters, for whoever meets it.</param>
/// <param name="At">Since when.</param>
/// <param name="By">Who suspended it; null: the operator of the control plane, who alone can lift it then.</param>
internal sealed record Suspension(string Reason, DateTimeOffset At, UserId? By)
{
    /// <summary>What stands for the operator where otherwise a user id stands. No id is that short.</summary>
    public const string Operator = "operator";

    /// <summary>Whether the operator set it.</summary>
    public bool IsByOperator => By is null;

    /// <summary>Who suspended it, as it is stored and shown: a user id, or <see cref="Operator"/>.</summary>
    public string ByText => By?.Value ?? Operator;
}

/// <summary>A registered app.</summary>
/// <param name="Id">The app's id.</param>
/// <param name="Organization">The tenant it belongs to.</param>
/// <param name="Definition">What the customer registered.</param>
/// <param name="SealedExternalId">The External ID, encrypted for this organization and app.</param>
/// <param name="Verification">Whether the role is proven.</param>
/// <param name="PendingReplacement">What is to take its place, or null.</param>
/// <param name="HoldsRole">
/// Whether the organization holds the role and the External ID through this app: from the write that first proves it, whatever is
/// found about the role later.
/// </param>
/// <param name="Suspension">Why no sessions are issued, or null.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="Version">Counts its changes; the ETag.</param>
internal sealed record App(
    AppId Id,
    OrganizationId Organization,
    AppDefinition Definition,
    byte[] SealedExternalId,
    Verification Verification,
    PendingReplacement? PendingReplacement,
    bool HoldsRole,
    Suspension? Suspension,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version
);
