using System.Text.Json;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>
/// Remembers for 24 hours which app an <c>Idempotency-Key</c> made. The record is written in the app's own transaction, so that a
/// registration that was cut off at any point either is there whole, and found by the next try, or is not there at all.
/// </summary>
internal sealed class Idempotency(Table table, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>What a key did before.</summary>
    /// <param name="App">The app it made.</param>
    /// <param name="SameBody">Whether the body was the same.</param>
    public sealed record Earlier(AppId App, bool SameBody);

    /// <summary>One use of a key: the organization's, with the hashes of key and body.</summary>
    public sealed record Use(Key Key, string BodyHash);

    /// <summary>
    /// The use of a key by a registration. The body counts by its meaning, not its spelling; it is hashed under a key because it holds
    /// the External ID.
    /// </summary>
    public static Use? UseOf(
        KeyRing ring,
        OrganizationId organization,
        string? idempotencyKey,
        Registration registration
    )
    {
        if (idempotencyKey is null)
        {
            return null;
        }

        var body = JsonSerializer.Serialize(
            new { Definition = Canonical(registration), Id = registration.ExternalId.Reveal() }
        );
        return new Use(
            Key.Idempotency(organization, ring.KeyedHash("idempotency-key", idempotencyKey)),
            ring.KeyedHash("idempotency-body", body)
        );
    }

    /// <summary>What the key did in the last 24 hours, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Earlier?> FindAsync(Use use, CancellationToken cancellationToken) =>
        await table.GetAsync(use.Key, cancellationToken) is { } item
        && item.Number(Item.ExpiresAt) > time.GetUtcNow().ToUnixTimeSeconds()
            ? new Earlier(
                AppId.Parse(item.String("appId")),
                item.String("bodyHash") == use.BodyHash
            )
            : null;

    /// <summary>Remembers the use; the condition fails where another one came first.</summary>
    public Write Remember(Use use, AppId app)
    {
        var now = time.GetUtcNow();
        return Write.Put(
            new Item(use.Key)
                .Set("appId", app.Value)
                .Set("bodyHash", use.BodyHash)
                .Expires(now + Kept),
            new Expression(
                "attribute_not_exists(#pk) OR #expiresAt <= :now",
                (":now", now.ToUnixTimeSeconds())
            )
        );
    }

    private static object Canonical(Registration registration)
    {
        var d = registration.Definition;
        return new
        {
            d.Name,
            d.Description,
            d.Stage,
            d.Tags,
            Role = d.ExecutionRoleArn.Value,
            d.Region,
            d.FunctionArns,
            d.RestrictSessionToFunctions,
        };
    }
}
