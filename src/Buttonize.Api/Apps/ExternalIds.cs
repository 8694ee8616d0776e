using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>Makes External IDs, and encrypts them for one app: read for another app or organization, they do not open.</summary>
internal sealed class ExternalIds(Table table, DataKeys keys, TimeProvider time)
{
    /// <summary>How long a new one is kept for its organization while it is not used.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(48);

    /// <summary>Makes one for the organization.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<(ExternalId ExternalId, DateTimeOffset ExpiresAt)> CreateAsync(
        OrganizationId organization,
        CancellationToken cancellationToken
    )
    {
        var externalId = ExternalId.New();
        var expiresAt = time.GetUtcNow() + Kept;
        var ring = await keys.GetAsync(cancellationToken);
        var outcome = await table.WriteAsync(
            [Claims.ReserveExternalId(ring, externalId, organization, expiresAt)],
            cancellationToken
        );
        return outcome.Committed
            ? (externalId, expiresAt)
            : throw new InvalidDataException("A new random External ID was already taken.");
    }

    /// <summary>Encrypts an app's External ID.</summary>
    public static byte[] Seal(
        KeyRing ring,
        ExternalId externalId,
        OrganizationId organization,
        AppId app
    ) => ring.Encrypt(externalId.Reveal(), Belongs(organization, app));

    /// <summary>Decrypts an app's External ID.</summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It was not sealed for this app.</exception>
    public async Task<ExternalId> OpenAsync(
        byte[] sealedExternalId,
        OrganizationId organization,
        AppId app,
        CancellationToken cancellationToken
    )
    {
        var opened = await keys.DecryptAsync(
            sealedExternalId,
            Belongs(organization, app),
            cancellationToken
        );
        return ExternalId.Parse(opened);
    }

    private static string Belongs(OrganizationId organization, AppId app) =>
        $"{organization}/{app}/externalId";
}
