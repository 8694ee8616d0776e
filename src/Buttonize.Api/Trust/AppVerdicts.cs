using Buttonize.Api.Apps;

namespace Buttonize.Api.Trust;

/// <summary>Which of an app's roles is checked.</summary>
internal enum CheckTarget
{
    /// <summary>The one that serves, or is to.</summary>
    Own,

    /// <summary>The one that is to take its place.</summary>
    Replacement,
}

/// <summary>What a proof makes of an app: pure decisions, without a look at anybody else's claims.</summary>
internal static class AppVerdicts
{
    /// <summary>The app after a further check.</summary>
    public static App Checked(App app, CheckTarget target, ProofResult found, DateTimeOffset now) =>
        target == CheckTarget.Own
            ? app with
            {
                Verification = VerificationRules.Next(app.Verification, app.HoldsRole, found, now),
                HoldsRole = app.HoldsRole || found.Verdict == ProofVerdict.Proven,
                Version = app.Version + 1,
            }
            : ReplacementChecked(app, app.PendingReplacement!, found, now);

    /// <summary>The app after a replacement was asked for: swapped where it is proven; otherwise the old one serves on.</summary>
    public static App Replaced(
        App app,
        AppDefinition definition,
        byte[] sealedExternalId,
        ProofResult found,
        DateTimeOffset now
    )
    {
        var verification = VerificationRules.First(found, now);
        var proven = found.Verdict == ProofVerdict.Proven;
        return proven || !app.HoldsRole
            ? app with
            {
                Definition = definition,
                SealedExternalId = sealedExternalId,
                Verification = verification,
                PendingReplacement = null,
                HoldsRole = proven,
                UpdatedAt = now,
                Version = app.Version + 1,
            }
            : app with
            {
                PendingReplacement = new PendingReplacement(
                    definition,
                    sealedExternalId,
                    verification
                ),
                UpdatedAt = now,
                Version = app.Version + 1,
            };
    }

    private static App ReplacementChecked(
        App app,
        PendingReplacement pending,
        ProofResult found,
        DateTimeOffset now
    ) =>
        found.Verdict == ProofVerdict.Proven
            ? Replaced(app, pending.Definition, pending.SealedExternalId, found, now)
            : app with
            {
                PendingReplacement = pending with
                {
                    Verification = VerificationRules.Next(
                        pending.Verification,
                        wasProven: false,
                        found,
                        now
                    ),
                },
                Version = app.Version + 1,
            };
}
