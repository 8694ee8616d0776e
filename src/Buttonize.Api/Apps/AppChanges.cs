using System.Security.Cryptography;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What became of a change to an app.</summary>
internal abstract record ChangeOutcome
{
    /// <summary>It is done; the app as it is now.</summary>
    public sealed record Replaced(App App) : ChangeOutcome;

    /// <summary>It is gone, or was never there.</summary>
    public sealed record Deleted : ChangeOutcome;

    /// <summary>There is no such app in this organization.</summary>
    public sealed record Missing : ChangeOutcome;

    /// <summary>It has changed since the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>Another role needs its External ID named.</summary>
    public sealed record ExternalIdNeeded : ChangeOutcome;
}

/// <summary>
/// Replaces and deletes apps. Both begin with the version that was read and are made anew when another change came between, so that
/// the app and its claims always move together.
/// </summary>
internal sealed class AppChanges(
    Table table,
    DataKeys keys,
    AppRegistry registry,
    ExternalIds externalIds,
    RoleProof proof,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>How often a change that was overtaken by another one is made anew.</summary>
    private const int Tries = 12;

    /// <summary>Replaces an app's registration, keeping its External ID where none is given and the role stays the same.</summary>
    /// <param name="organization">The tenant.</param>
    /// <param name="id">The app.</param>
    /// <param name="definition">What takes its place.</param>
    /// <param name="externalId">The External ID, or null to keep the present one.</param>
    /// <param name="isExpected">Whether a version is the one that the caller means to change.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<ChangeOutcome> ReplaceAsync(
        OrganizationId organization,
        AppId id,
        AppDefinition definition,
        ExternalId? externalId,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await registry.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return new ChangeOutcome.Missing();
            }

            if (!isExpected(app.Version))
            {
                return new ChangeOutcome.Stale();
            }

            if (
                externalId is null
                && app.Definition.ExecutionRoleArn != definition.ExecutionRoleArn
            )
            {
                return new ChangeOutcome.ExternalIdNeeded();
            }

            if (
                await TryReplaceAsync(app, definition, externalId, cancellationToken) is { } changed
            )
            {
                metrics.Verified(
                    AppRegistry.Wire(
                        (changed.PendingReplacement?.Verification ?? changed.Verification).Status
                    )
                );
                return new ChangeOutcome.Replaced(changed);
            }

            await PauseAsync(attempt, cancellationToken);
        }

        throw Overtaken();
    }

    /// <summary>Deletes an app and frees its role if it was the last one with it. What is not there is deleted already.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<ChangeOutcome> DeleteAsync(
        OrganizationId organization,
        AppId id,
        Func<long, bool> isExpected,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await registry.FindAsync(organization, id, cancellationToken) is not { } app)
            {
                return new ChangeOutcome.Deleted();
            }

            if (!isExpected(app.Version))
            {
                return new ChangeOutcome.Stale();
            }

            var outcome = await table.WriteAsync(
                [
                    Write.Delete(Key.App(organization, id), Expression.Version(app.Version)),
                    .. await GiveRoleBackAsync(app, cancellationToken),
                ],
                cancellationToken
            );
            if (outcome.Committed)
            {
                return new ChangeOutcome.Deleted();
            }

            await PauseAsync(attempt, cancellationToken);
        }

        throw Overtaken();
    }

    /// <summary>One try at a replacement: the app as it is now, or null where it was overtaken by another change.</summary>
    private async Task<App?> TryReplaceAsync(
        App app,
        AppDefinition definition,
        ExternalId? newExternalId,
        CancellationToken cancellationToken
    )
    {
        var ring = await keys.GetAsync(cancellationToken);
        var role = definition.ExecutionRoleArn;

        // The present one is opened only where it is kept: sending a new one mends an app whose ciphertext does not open any more.
        var externalId =
            newExternalId
            ?? await externalIds.OpenAsync(
                app.SealedExternalId,
                app.Organization,
                app.Id,
                cancellationToken
            );
        var proven = app with
        {
            Definition = definition,
            SealedExternalId = newExternalId is null
                ? app.SealedExternalId
                : ExternalIds.Seal(ring, newExternalId, app.Organization, app.Id),
            Verification = await proof.ProveAsync(role, externalId, cancellationToken),
            PendingReplacement = null,
            UpdatedAt = time.GetUtcNow(),
            Version = app.Version + 1,
        };

        // Everything that another change could have overtaken comes first, the claims that another organization could hold last.
        var holdsRole =
            app.HoldsClaims
            && Key.RoleClaim(role) == Key.RoleClaim(app.Definition.ExecutionRoleArn);
        Write[] ours =
        [
            PutChanged(app, proven),
            .. holdsRole ? [] : await GiveRoleBackAsync(app, cancellationToken),
        ];
        var outcome = await table.WriteAsync(
            [
                .. ours,
                .. holdsRole ? Array.Empty<Write>() : [Claims.TakeRole(role, app.Organization)],
                Claims.TakeExternalId(ring, externalId, app.Organization, time.GetUtcNow()),
            ],
            cancellationToken
        );
        if (outcome.Committed)
        {
            return proven;
        }

        return outcome.FailedConditions.Any(position => position < ours.Length)
            ? null
            : await KeepWaitingAsync(app, proven, cancellationToken);
    }

    /// <summary>
    /// Another organization holds the role or the External ID: as if the role had refused. A serving app goes on as it was, one that
    /// never served waits with the new registration. Null where it was overtaken.
    /// </summary>
    private async Task<App?> KeepWaitingAsync(
        App app,
        App wanted,
        CancellationToken cancellationToken
    )
    {
        var waiting = app.HoldsClaims
            ? app with
            {
                PendingReplacement = new PendingReplacement(
                    wanted.Definition,
                    wanted.SealedExternalId,
                    proof.Refused()
                ),
                UpdatedAt = wanted.UpdatedAt,
                Version = wanted.Version,
            }
            : wanted with
            {
                Verification = proof.Refused(),
            };
        var outcome = await table.WriteAsync([PutChanged(app, waiting)], cancellationToken);
        return outcome.Committed ? waiting : null;
    }

    private static Write PutChanged(App before, App after) =>
        Write.Put(AppItems.Write(after), Expression.Version(before.Version));

    private async Task<IReadOnlyList<Write>> GiveRoleBackAsync(
        App app,
        CancellationToken cancellationToken
    ) =>
        app.HoldsClaims
        && await table.GetAsync(Key.RoleClaim(app.Definition.ExecutionRoleArn), cancellationToken)
            is { } claim
            ? [Claims.GiveRoleBack(app.Definition.ExecutionRoleArn, claim)]
            : [];

    // Jitter, so that those who meet do not meet again at once.
    private async Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(
                TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, 20 * attempt)),
                time,
                cancellationToken
            );
        }
        catch (OperationCanceledException)
        {
            throw Overtaken();
        }
    }

    private static StorageUnavailableException Overtaken() =>
        new("The app kept changing while it was to be changed.", new TimeoutException());
}
