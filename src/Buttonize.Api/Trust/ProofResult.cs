namespace Buttonize.Api.Trust;

/// <summary>What a proof came to.</summary>
internal enum ProofVerdict
{
    /// <summary>The role takes the stored External ID, twice, and refused in between to be assumed without one and with a wrong one.</summary>
    Proven,

    /// <summary>The role can be assumed without its External ID.</summary>
    Open,

    /// <summary>AWS refused the stored External ID, in so many words.</summary>
    Refused,

    /// <summary>Throttling, time-outs, server errors, validation errors: nothing is proven.</summary>
    Inconclusive,
}

/// <summary>What a proof found.</summary>
/// <param name="Verdict">What it came to.</param>
/// <param name="Checks">The three checks.</param>
/// <param name="MissingActions">What the trust policy does not allow, where asking for less found it out.</param>
/// <param name="PackedPolicyPercent">
/// How much of STS's packed size the session took; over 100 where STS refused it for that; null where STS did not tell.
/// </param>
/// <param name="Throttled">Whether STS throttled one of the calls.</param>
internal sealed record ProofResult(
    ProofVerdict Verdict,
    IReadOnlyList<VerificationCheck> Checks,
    IReadOnlyList<string> MissingActions,
    int? PackedPolicyPercent = null,
    bool Throttled = false
);
