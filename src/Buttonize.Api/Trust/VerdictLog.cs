using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Trust;

/// <summary>Tells operators what became of an app's role: one metric, and a line in the log where that changed.</summary>
internal sealed partial class VerdictLog(ButtonizeMetrics metrics, ILogger<VerdictLog> logger)
{
    /// <summary>Notes a verdict that was written down.</summary>
    public void Note(App after, Verification was, Verification isNow)
    {
        metrics.Verified(isNow.Status.Wire());
        switch (was.Status, isNow.Status)
        {
            case (VerificationStatus.Verified, VerificationStatus.Failed):
                LogOpened(logger, after.Id, after.Organization, isNow.Reason);
                break;
            case var (old, current) when old != current:
                LogChanged(logger, after.Id, after.Organization, old.Wire(), current.Wire());
                break;
            case (VerificationStatus.Verified, _)
                when was.Misses < isNow.Misses
                    && isNow.Misses == VerificationRules.RefusalsBeforeWarning:
                LogRefuses(logger, after.Id, after.Organization, isNow.Misses);
                break;
        }
    }

    [LoggerMessage(
        1501,
        LogLevel.Error,
        "The role of app {AppId} of organization {OrganizationId} is not used any more: {Reason}"
    )]
    private static partial void LogOpened(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        string reason
    );

    [LoggerMessage(
        1502,
        LogLevel.Information,
        "The role of app {AppId} of organization {OrganizationId} was {Before} and is {After}"
    )]
    private static partial void LogChanged(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        string before,
        string after
    );

    [LoggerMessage(
        1503,
        LogLevel.Warning,
        "The role of app {AppId} of organization {OrganizationId} has refused its External ID {Times} times in a row"
    )]
    private static partial void LogRefuses(
        ILogger logger,
        AppId appId,
        OrganizationId organizationId,
        int times
    );
}
