using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Buttonize.Api.Trust;

namespace Buttonize.Api.Apps;

/// <summary>What a deployment sends: the app and the External ID of its role.</summary>
internal sealed record Registration(AppDefinition Definition, ExternalId ExternalId);

/// <summary>What became of a registration.</summary>
internal abstract record RegisterOutcome
{
    /// <summary>The app stands, now or since an earlier use of the same idempotency key.</summary>
    public sealed record Registered(App App) : RegisterOutcome;

    /// <summary>The idempotency key was used for something else, or for an app that is gone.</summary>
    public sealed record KeyReused : RegisterOutcome;
}

/// <summary>The deploy flow: prove the role, then write the app, the claims and the idempotency record in one transaction.</summary>
internal sealed class AppRegistry(
    Table table,
    Pages pages,
    DataKeys keys,
    Idempotency idempotency,
    RoleProof proof,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Registers an app.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<RegisterOutcome> RegisterAsync(
        OrganizationId organization,
        Registration registration,
        string? idempotencyKey,
        CancellationToken cancellationToken
    )
    {
        var ring = await keys.GetAsync(cancellationToken);
        var use = Idempotency.UseOf(ring, organization, idempotencyKey, registration);
        if (
            use is not null
            && await EarlierAsync(organization, use, cancellationToken) is { } earlier
        )
        {
            return earlier;
        }

        var (role, externalId) = (
            registration.Definition.ExecutionRoleArn,
            registration.ExternalId
        );
        var app = NewApp(
            ring,
            organization,
            registration,
            await proof.ProveAsync(role, externalId, cancellationToken)
        );
        var remember = use is null ? [] : new[] { idempotency.Remember(use, app.Id) };
        var outcome = await table.WriteAsync(
            [
                .. remember,
                PutNew(app),
                Claims.TakeRole(role, organization),
                Claims.TakeExternalId(ring, externalId, organization, time.GetUtcNow()),
            ],
            cancellationToken
        );
        if (!outcome.Committed && !(use is not null && outcome.Failed(0)))
        {
            // Another organization holds the role or the External ID. To this one, that looks like a role that refuses.
            app = app with
            {
                Verification = proof.Refused(),
            };
            outcome = await table.WriteAsync([.. remember, PutNew(app)], cancellationToken);
        }

        if (!outcome.Committed)
        {
            // The same key at the same time: the other one's app counts.
            return
                use is not null
                && await EarlierAsync(organization, use, cancellationToken) is { } first
                ? first
                : throw new InvalidDataException("A new random app id was already taken.");
        }

        metrics.Verified(Wire(app.Verification.Status));
        return new RegisterOutcome.Registered(app);
    }

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
            Key.OrganizationPartition(organization),
            Key.AppPrefix,
            request,
            item => AppItems.Read(item) is var app && isWanted(app) ? app : null,
            cancellationToken
        );

    /// <summary>A status as it stands on the wire and in metrics.</summary>
    public static string Wire(VerificationStatus status) =>
        status switch
        {
            VerificationStatus.Verified => "verified",
            VerificationStatus.Failed => "failed",
            _ => "pending",
        };

    private App NewApp(
        KeyRing ring,
        OrganizationId organization,
        Registration registration,
        Verification verification
    )
    {
        var (id, now) = (AppId.New(), time.GetUtcNow());
        return new App(
            id,
            organization,
            registration.Definition,
            ExternalIds.Seal(ring, registration.ExternalId, organization, id),
            verification,
            PendingReplacement: null,
            CreatedAt: now,
            UpdatedAt: now,
            Version: 1
        );
    }

    private async Task<RegisterOutcome?> EarlierAsync(
        OrganizationId organization,
        Idempotency.Use use,
        CancellationToken cancellationToken
    ) =>
        await idempotency.FindAsync(use, cancellationToken) switch
        {
            null => null,
            { SameBody: true } earlier
                when await FindAsync(organization, earlier.App, cancellationToken) is { } app =>
                new RegisterOutcome.Registered(app),
            _ => new RegisterOutcome.KeyReused(),
        };

    private static Write PutNew(App app) => Write.Put(AppItems.Write(app), Expression.NotExists);
}
