namespace Buttonize.Api.Trust;

/// <summary>The state of a role's proof.</summary>
internal enum VerificationStatus
{
    /// <summary>Not proven yet; IAM may not know the role yet.</summary>
    Pending,

    /// <summary>Proven: the role is used.</summary>
    Verified,

    /// <summary>Disproven or not proven in time: the role is not used.</summary>
    Failed,
}

/// <summary>One check of a proof.</summary>
/// <param name="Name"><c>assume</c>, <c>without-external-id</c> or <c>wrong-external-id</c>.</param>
/// <param name="Passed">Null where it was inconclusive.</param>
/// <param name="Detail">What was found.</param>
internal sealed record VerificationCheck(string Name, bool? Passed, string Detail);

/// <summary>What is known about a role's trust policy.</summary>
/// <param name="Status">The verdict.</param>
/// <param name="CheckedAt">When it was reached.</param>
/// <param name="Checks">What was tried.</param>
/// <param name="MissingActions">The actions that the trust policy does not allow.</param>
internal sealed record Verification(
    VerificationStatus Status,
    DateTimeOffset CheckedAt,
    IReadOnlyList<VerificationCheck> Checks,
    IReadOnlyList<string> MissingActions
)
{
    /// <summary>A verdict without checks behind it.</summary>
    public static Verification Of(VerificationStatus status, DateTimeOffset at) =>
        new(status, at, [], []);
}
