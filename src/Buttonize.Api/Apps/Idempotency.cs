using System.Text.Json;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Apps;

/// <summary>
/// Remembers for 24 hours which app an <c>Idempotency-Key</c> made. While its first use is at work, a record without an app keeps
/// others away, for a few seconds at most; the app's own transaction completes it, so that a registration that was cut off at any
/// point either is there whole, and found by the next try, or is not there at all.
/// </summary>
internal sealed class Idempotency(Table table, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a use is believed to be at work: longer than a call may take, hardly longer than a caller waits before it tries again.
    /// What goes on after that fails by its condition.
    /// </summary>
    private static readonly TimeSpan AtWork = RequestDeadline.Limit + TimeSpan.FromSeconds(1);

    /// <summary>What a key did before.</summary>
    /// <param name="App">The app it made; null while it is at work.</param>
    /// <param name="SameBody">Whether the body was the same.</param>
    public sealed record Earlier(AppId? App, bool SameBody);

    /// <summary>One use of a key.</summary>
    /// <param name="Key">The organization's, with the hash of the key.</param>
    /// <param name="BodyHash">The hash of the body.</param>
    /// <param name="Attempt">Tells this use from others of the same key.</param>
    public sealed record Use(Key Key, string BodyHash, string Attempt);

    /// <summary>
    /// The use of a key by a registration. The body counts by its meaning, not its spelling; it is hashed under a key because it holds
    /// the External ID.
    /// </summary>
    public static Use UseOf(
        KeyRing ring,
        OrganizationId organization,
        string idempotencyKey,
        Registration registration
    )
    {
        var body = JsonSerializer.Serialize(
            new { Definition = Canonical(registration), Id = registration.ExternalId.Reveal() }
        );
        return new Use(
            Key.Idempotency(organization, ring.KeyedHash("idempotency-key", idempotencyKey)),
            ring.KeyedHash("idempotency-body", body),
            Guid.NewGuid().ToString("N")
        );
    }

    /// <summary>What the key did in the last 24 hours, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Earlier?> FindAsync(Use use, CancellationToken cancellationToken) =>
        await table.GetAsync(use.Key, cancellationToken) is { } item
        && item.Number(Item.ExpiresAt) > time.GetUtcNow().ToUnixTimeSeconds()
            ? new Earlier(
                item.OptionalString("appId") is { } app ? AppId.Parse(app) : null,
                item.String("bodyHash") == use.BodyHash
            )
            : null;

    /// <summary>Begins a use; false where another one of the same key is at work or done.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> BeginAsync(Use use, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var outcome = await table.WriteAsync(
            [
                Write.Put(
                    new Item(use.Key)
                        .Set("bodyHash", use.BodyHash)
                        .Set("attempt", use.Attempt)
                        .Expires(now + AtWork),
                    new Expression(
                        "attribute_not_exists(#pk) OR #expiresAt <= :now",
                        (":now", now.ToUnixTimeSeconds())
                    )
                ),
            ],
            cancellationToken
        );
        return outcome.Committed;
    }

    /// <summary>Ends a use with its app; the condition fails where another use came between.</summary>
    public Write Remember(Use use, AppId app) =>
        Write.Put(
            new Item(use.Key)
                .Set("appId", app.Value)
                .Set("bodyHash", use.BodyHash)
                .Expires(time.GetUtcNow() + Kept),
            IsOurs(use)
        );

    /// <summary>Ends a use that made nothing: only a 201 is remembered.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task ForgetAsync(Use use, CancellationToken cancellationToken) =>
        table.WriteAsync([Write.Delete(use.Key, IsOurs(use))], cancellationToken);

    private static Expression IsOurs(Use use) =>
        new("#attempt = :attempt", (":attempt", use.Attempt));

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
