using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Trust;

/// <summary>Stops every app that uses a role which was found open.</summary>
internal sealed class OpenRoles(AppStore store, VerdictLog verdicts, TimeProvider time)
{
    /// <summary>
    /// A role that can be assumed without its External ID is open for every app that uses it, however that was found out: none of the
    /// organization's apps issues sessions of it any more.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task StopUsingAsync(
        OrganizationId organization,
        RoleArn role,
        ProofResult found,
        CancellationToken cancellationToken
    )
    {
        string? cursor = null;
        do
        {
            var page = await store.ListAsync(
                organization,
                new PageRequest(ListQuery.MaximumLimit, cursor),
                app => Uses(app, role),
                cancellationToken
            );
            foreach (var app in page!.Items)
            {
                await StopAsync(app, role, found, cancellationToken);
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
    }

    private async Task StopAsync(
        App listed,
        RoleArn role,
        ProofResult found,
        CancellationToken cancellationToken
    )
    {
        for (
            var app = listed;
            app is not null && Uses(app, role);
            app = await store.FindAsync(listed.Organization, listed.Id, cancellationToken)
        )
        {
            var after = AppVerdicts.Checked(app, CheckTarget.Own, found, time.GetUtcNow());
            if (await store.SaveAsync(app, after, [], cancellationToken) == SaveOutcome.Saved)
            {
                verdicts.Note(after, app.Verification, after.Verification);
                return;
            }
        }
    }

    private static bool Uses(App app, RoleArn role) =>
        app is { HoldsRole: true, Verification.Status: VerificationStatus.Verified }
        && Key.RoleClaim(app.Definition.ExecutionRoleArn) == Key.RoleClaim(role);
}
