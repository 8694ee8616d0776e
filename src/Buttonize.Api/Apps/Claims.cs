using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>
/// Which organization holds a role, and which an External ID. A claim is written in the same transaction as the verdict that earns
/// it, never before; a role's is counted per app and goes with the last one, an External ID's stays for good.
/// </summary>
internal static class Claims
{
    private const string Purpose = "external-id";

    /// <summary>Takes the role for one more app of the organization; the condition fails while another organization holds it.</summary>
    public static Write TakeRole(RoleArn role, OrganizationId organization) =>
        Write.Update(
            Key.RoleClaim(role),
            new Expression(
                "SET #organizationId = :organization, #v = :one ADD #apps :one",
                (":organization", organization.Value),
                (":one", 1L)
            ),
            new Expression(
                "attribute_not_exists(#pk) OR #organizationId = :organization",
                (":organization", organization.Value)
            )
        );

    /// <summary>
    /// Gives the role back for one app; the condition fails where the count has come to one, or left it, since it was read. Counts above
    /// that are taken down as they stand, so that apps of one role can go at the same time.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="claim">The claim as it was read, consistently.</param>
    /// <param name="organization">Its holder; nobody else's claim is ever touched.</param>
    public static Write GiveRoleBack(RoleArn role, Item claim, OrganizationId organization) =>
        claim.Number("apps") <= 1
            ? Write.Delete(
                Key.RoleClaim(role),
                new Expression(
                    "#apps <= :one AND #organizationId = :organization",
                    (":one", 1L),
                    (":organization", organization.Value)
                )
            )
            : Write.Update(
                Key.RoleClaim(role),
                new Expression("ADD #apps :less", (":less", -1L)),
                new Expression(
                    "#apps > :one AND #organizationId = :organization",
                    (":one", 1L),
                    (":organization", organization.Value)
                )
            );

    /// <summary>
    /// Takes the External ID for good; the condition fails where it belongs to another organization, or was made for one and is kept
    /// for it still.
    /// </summary>
    public static Write TakeExternalId(
        KeyRing ring,
        ExternalId externalId,
        OrganizationId organization,
        DateTimeOffset now
    ) =>
        Write.Update(
            KeyOf(ring, externalId),
            new Expression(
                "SET #organizationId = :organization, #v = :one REMOVE #expiresAt",
                (":organization", organization.Value),
                (":one", 1L)
            ),
            FreeFor(organization, now)
        );

    /// <summary>Keeps a new External ID for the organization until <paramref name="until"/>, unless it is used before.</summary>
    public static Write ReserveExternalId(
        KeyRing ring,
        ExternalId externalId,
        OrganizationId organization,
        DateTimeOffset until
    ) =>
        Write.Put(
            new Item(KeyOf(ring, externalId))
                .Set("organizationId", organization.Value)
                .Expires(until),
            Expression.NotExists
        );

    // DynamoDB drops expired items days late; the time is what counts.
    private static Expression FreeFor(OrganizationId organization, DateTimeOffset now) =>
        new(
            "attribute_not_exists(#pk) OR #organizationId = :organization OR #expiresAt <= :now",
            (":organization", organization.Value),
            (":now", now.ToUnixTimeSeconds())
        );

    /// <summary>The claim on an External ID.</summary>
    public static Key KeyOf(KeyRing ring, ExternalId externalId) =>
        Key.ExternalIdClaim(ring.KeyedHash(Purpose, externalId.Reveal()));
}

/// <summary>Tells whether somebody else is in the way.</summary>
internal sealed class ClaimReader(Table table, DataKeys keys, TimeProvider time)
{
    /// <summary>
    /// Whether another organization holds the role, holds the External ID, or had it made. Only a look: what counts is the condition of
    /// the write that takes them.
    /// </summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> AreHeldElsewhereAsync(
        OrganizationId organization,
        RoleArn role,
        ExternalId externalId,
        CancellationToken cancellationToken
    )
    {
        var ring = await keys.GetAsync(cancellationToken);
        var claims = await table.GetManyAsync(
            [Key.RoleClaim(role), Claims.KeyOf(ring, externalId)],
            cancellationToken
        );
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        return claims
            .OfType<Item>()
            .Any(claim =>
                claim.String("organizationId") != organization.Value
                && !(claim.OptionalNumber(Item.ExpiresAt) <= now)
            );
    }
}
