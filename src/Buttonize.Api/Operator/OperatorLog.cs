namespace Buttonize.Api.Operator;

/// <summary>The operator's changes, in the log of the command that made them. Who made them is in the trail of the table, if it has one.</summary>
internal sealed partial class OperatorLog(ILogger<OperatorLog> logger)
{
    /// <summary>Something was changed.</summary>
    /// <param name="change">What was done, such as <c>organizations suspend</c>.</param>
    /// <param name="organization">The tenant, or null where it is about none.</param>
    /// <param name="subject">What it was done to, by its id.</param>
    public void Note(string change, OrganizationId? organization, string subject) =>
        LogChange(logger, change, subject, organization?.Value);

    [LoggerMessage(
        1901,
        LogLevel.Information,
        "The operator changed something: {Change} {Subject} (organization: {OrganizationId})"
    )]
    private static partial void LogChange(
        ILogger logger,
        string change,
        string subject,
        string? organizationId
    );
}
