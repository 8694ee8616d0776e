using Buttonize.Api.Apps;

namespace Buttonize.Api.Trust;

/// <summary>What the owner of an app should mend, though it serves.</summary>
internal static class AppWarnings
{
    /// <summary>Above this share of STS's packed size a longer name or one more function can be too much.</summary>
    private const int PackedPolicyWarning = 80;

    /// <summary>The warnings about an app.</summary>
    public static IEnumerable<WarningResponse> Of(App app)
    {
        var verification = app.Verification;
        if (
            verification is { Status: VerificationStatus.Verified }
            && verification.Misses >= VerificationRules.RefusalsBeforeWarning
        )
        {
            yield return new WarningResponse(
                "role_refuses",
                $"AWS STS has refused the role {verification.Misses} times in a row; nobody gets a session while it does. "
                    + "'verification.checks' says what to mend."
            );
        }

        switch (verification.PackedPolicyPercent)
        {
            case > 100:
                yield return new WarningResponse(
                    "session_too_large",
                    "AWS STS does not pack the session policy and the tags of this app's sessions together, so nobody gets a session. "
                        + "Register fewer function ARNs, or turn 'restrictSessionToFunctions' off."
                );
                break;
            case >= PackedPolicyWarning and var percent:
                yield return new WarningResponse(
                    "session_nearly_full",
                    $"The session policy and the tags take {percent} % of what AWS STS packs into a session; a longer user name can be too "
                        + "much. Register fewer function ARNs, or turn 'restrictSessionToFunctions' off."
                );
                break;
        }
    }
}
