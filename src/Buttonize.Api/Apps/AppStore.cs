using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>What became of a write of an app.</summary>
internal enum SaveOutcome
{
    /// <summary>It is written, with all its claims.</summary>
    Saved,

    /// <summary>Nothing is written: something else was, since the app was read.</summary>
    Overtaken,

    /// <summary>Nothing is written: another organization holds the role or the External ID.</summary>
    HeldElsewhere,

    /// <summary>Nothing is written: the organization of a new app was deleted or suspended a moment ago.</summary>
    OrganizationClosed,
}

/// <summary>Reads and writes apps. An app and its claims always move together, in one transaction.</summary>
internal sealed class AppStore(Table table, Pages pages, DataKeys keys, TimeProvider time)
{
    /// <summary>One app of the organization, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<App?> FindAsync(
        OrganizationId organization,
        AppId id,
        CancellationToken cancellationToken
    ) =>
        await table.GetAsync(Key.App(organization, id), cancellationToken) is { } item
            ? AppItems.Read(item)
            : null;

    /// <summary>A page of the organization's apps for which <paramref name="isWanted"/>; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Page<App>?> ListAsync(
        OrganizationId organization,
        PageRequest request,
        Func<App, bool> isWanted,
        CancellationToken cancellationToken
    ) =>
        pages.ReadAsync(
            new Query(Key.OrganizationPartition(organization), Key.AppPrefix),
            request,
            item => AppItems.Read(item) is var app && isWanted(app) ? app : null,
            cancellationToken
        );

    /// <summary>Writes an app, new or changed, whose claims stay as they are.</summary>
    /// <param name="before">The app as it was read; null for a new one.</param>
    /// <param name="after">The app as it is to be, with the next version.</param>
    /// <param name="also">What is written with it, or not at all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<SaveOutcome> SaveAsync(
        App? before,
        App after,
        IReadOnlyList<Write> also,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<Write> count = before is null ? [CountOneMore(after.Organization)] : [];
        var outcome = await table.WriteAsync(
            [.. count, .. also, Put(before, after)],
            cancellationToken
        );
        return OutcomeOf(outcome, before, afterOurs: int.MaxValue);
    }

    /// <summary>Writes an app, new or changed, that a proof just gave its role and External ID: it takes both with it.</summary>
    /// <param name="before">The app as it was read; null for a new one.</param>
    /// <param name="after">The app as it is to be, with the next version.</param>
    /// <param name="externalId">The External ID of <paramref name="after"/>.</param>
    /// <param name="also">What is written with it, or not at all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<SaveOutcome> SaveProvenAsync(
        App? before,
        App after,
        ExternalId externalId,
        IReadOnlyList<Write> also,
        CancellationToken cancellationToken
    )
    {
        var (role, ring) = (
            after.Definition.ExecutionRoleArn,
            await keys.GetAsync(cancellationToken)
        );
        var keepsRole =
            before is { HoldsRole: true }
            && Key.RoleClaim(before.Definition.ExecutionRoleArn) == Key.RoleClaim(role);

        // Everything that another change could have overtaken comes first, the claims that another organization could hold last.
        Write[] ours =
        [
            .. before is null ? [CountOneMore(after.Organization)] : Array.Empty<Write>(),
            .. also,
            Put(before, after),
            .. before is null || keepsRole
                ? []
                : await GiveRoleBackAsync(before, cancellationToken),
        ];
        var outcome = await table.WriteAsync(
            [
                .. ours,
                .. keepsRole ? Array.Empty<Write>() : [Claims.TakeRole(role, after.Organization)],
                Claims.TakeExternalId(ring, externalId, after.Organization, time.GetUtcNow()),
            ],
            cancellationToken
        );
        return OutcomeOf(outcome, before, ours.Length);
    }

    /// <summary>Deletes an app and frees its role if it was the last one with it.</summary>
    /// <returns>Whether nothing else was written since it was read, and the organization is in use.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> DeleteAsync(App app, CancellationToken cancellationToken) =>
        (
            await table.WriteAsync(
                [
                    Write.Delete(
                        Key.App(app.Organization, app.Id),
                        Expression.Version(app.Version)
                    ),
                    .. await GiveRoleBackAsync(app, cancellationToken),
                    CountOneLess(app.Organization),
                ],
                cancellationToken
            )
        ).Committed;

    /// <summary>
    /// An organization is only deleted while the count of its apps is zero, and gets none once it is marked: an app whose organization is
    /// gone would hold its role for good. While it is suspended, none comes and none goes.
    /// </summary>
    private static Write CountOneMore(OrganizationId organization) =>
        Write.Update(
            Key.Organization(organization),
            new Expression("ADD #apps :one", (":one", 1L)),
            Organizations.Organization.IsLive
        );

    private static Write CountOneLess(OrganizationId organization) =>
        Write.Update(
            Key.Organization(organization),
            new Expression("ADD #apps :less", (":less", -1L)),
            Organizations.Organization.IsLive
        );

    /// <summary>What failed conditions mean; those from <paramref name="afterOurs"/> on are claims that another organization could hold.</summary>
    private static SaveOutcome OutcomeOf(WriteOutcome outcome, App? before, int afterOurs) =>
        outcome.Committed ? SaveOutcome.Saved
        : before is null && outcome.Failed(0) ? SaveOutcome.OrganizationClosed
        : outcome.FailedConditions.Any(position => position < afterOurs) ? SaveOutcome.Overtaken
        : SaveOutcome.HeldElsewhere;

    private static Write Put(App? before, App after) =>
        Write.Put(
            AppItems.Write(after),
            before is null ? Expression.NotExists : Expression.Version(before.Version)
        );

    private async Task<IReadOnlyList<Write>> GiveRoleBackAsync(
        App app,
        CancellationToken cancellationToken
    ) =>
        app.HoldsRole
        && await table.GetAsync(Key.RoleClaim(app.Definition.ExecutionRoleArn), cancellationToken)
            is { } claim
            ? [Claims.GiveRoleBack(app.Definition.ExecutionRoleArn, claim, app.Organization)]
            : [];
}
