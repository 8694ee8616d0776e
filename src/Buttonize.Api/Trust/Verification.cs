namespace Buttonize.Api.Trust;

/// <summary>The state of a role's proof.</summary>
internal enum VerificationStatus
{
    /// <summary>Not proven yet; IAM may not know the role yet.</summary>
    Pending,

    /// <summary>Proven: the role is used.</summary>
    Verified,

    /// <summary>Disproven, or not proven in time: the role is not used.</summary>
    Failed,
}

/// <summary>One check of a proof.</summary>
/// <param name="Name"><c>assume</c>, <c>without-external-id</c> or <c>wrong-external-id</c>.</param>
/// <param name="Passed">Null where it was inconclusive.</param>
/// <param name="Detail">What was found, and how to mend it.</param>
internal sealed record VerificationCheck(string Name, bool? Passed, string Detail);

/// <summary>What is known about a role's trust policy. How it changes is in <see cref="VerificationRules"/>.</summary>
/// <param name="Status">The verdict.</param>
/// <param name="Since">When it became that.</param>
/// <param name="CheckedAt">When the role was last checked.</param>
/// <param name="Checks">What was found then.</param>
/// <param name="MissingActions">The actions that the trust policy does not allow, where they could be found out.</param>
/// <param name="Misses">Checks in a row that did not prove the role: while it is pending all, later those that AWS refused.</param>
/// <param name="PackedPolicyPercent">How much of STS's packed size a session takes; null where STS has not told.</param>
/// <param name="NextCheckAt">When it is to be checked again; null: not by itself.</param>
internal sealed record Verification(
    VerificationStatus Status,
    DateTimeOffset Since,
    DateTimeOffset CheckedAt,
    IReadOnlyList<VerificationCheck> Checks,
    IReadOnlyList<string> MissingActions,
    int Misses,
    int? PackedPolicyPercent,
    DateTimeOffset? NextCheckAt
)
{
    /// <summary>Half a sentence for whoever wants to know why the role is not used.</summary>
    public string Reason =>
        IsFailed(ProofReport.WithoutExternalId) ? "it can be assumed without its External ID"
        : IsFailed(ProofReport.WrongExternalId) ? "it can be assumed with a wrong External ID"
        : MissingActions is not []
            ? $"its trust policy lacks {string.Join(" and ", MissingActions)}"
        : IsFailed(ProofReport.Assume) ? "AWS STS refuses it under its External ID"
        : "AWS STS has not decided yet";

    private bool IsFailed(string check) => Checks.Any(c => c.Name == check && c.Passed == false);
}

/// <summary>Statuses as they stand on the wire and in metrics.</summary>
internal static class VerificationStatusText
{
    /// <summary><c>pending</c>, <c>verified</c> or <c>failed</c>.</summary>
    public static string Wire(this VerificationStatus status) =>
        status switch
        {
            VerificationStatus.Verified => "verified",
            VerificationStatus.Failed => "failed",
            _ => "pending",
        };
}
