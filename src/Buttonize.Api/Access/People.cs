using System.Security.Claims;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>
/// Knows which Buttonize user id a token's (issuer, subject) stands for, and gives one at the first call. That never changes, so it
/// may be remembered; nothing that can be revoked is.
/// </summary>
internal sealed class People(Table table, IOptions<ButtonizeOptions> options, TimeProvider time)
    : IDisposable
{
    private const int Remembered = 100_000;

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Remembered });

    /// <summary>The person behind a verified access token.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Person> ResolveAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<Person>() is { } resolved)
        {
            return resolved;
        }

        var person = await ResolveAsync(context.User, cancellationToken);
        context.Features.Set(person);
        return person;
    }

    private async Task<Person> ResolveAsync(
        ClaimsPrincipal token,
        CancellationToken cancellationToken
    )
    {
        var (issuer, subject) = (token.FindFirstValue("iss")!, token.FindFirstValue("sub")!);
        var (name, email) = (NameOf(token), token.FindFirstValue("email"));
        var hash = PersonRecord.HashOf(issuer, subject);
        if (!known.TryGetValue<UserId>(hash, out var id))
        {
            id =
                await FindAsync(hash, cancellationToken)
                ?? await CreateAsync(hash, issuer, subject, name, email, cancellationToken);
            known.Set(hash, id, new MemoryCacheEntryOptions { Size = 1 });
        }

        return new Person(id, name, email, token.FindFirstValue("email_verified") == "true");
    }

    /// <summary>Forgets who a token's person is: they were erased, and the next call makes somebody new of them.</summary>
    public void Forget(ClaimsPrincipal token) =>
        known.Remove(
            PersonRecord.HashOf(token.FindFirstValue("iss")!, token.FindFirstValue("sub")!)
        );

    /// <inheritdoc/>
    public void Dispose() => known.Dispose();

    private async Task<UserId?> FindAsync(string hash, CancellationToken cancellationToken) =>
        await table.GetAsync(Key.Subject(hash), cancellationToken) is { } item
            ? UserId.Parse(item.String("userId"))
            : null;

    private async Task<UserId> CreateAsync(
        string hash,
        string issuer,
        string subject,
        string name,
        string? email,
        CancellationToken cancellationToken
    )
    {
        var id = UserId.New();
        var outcome = await table.WriteAsync(
            [
                Write.Put(
                    new Item(Key.Subject(hash)).Set("userId", id.Value),
                    Expression.NotExists
                ),
                Write.Put(
                    new Item(Key.Person(id))
                        .Set("userId", id.Value)
                        .Set("issuer", issuer)
                        .Set("subject", subject)
                        .Set("userName", name)
                        .Set("email", email)
                        .Set("createdAt", time.GetUtcNow()),
                    Expression.NotExists
                ),
            ],
            cancellationToken
        );

        // Two first calls at once: the one that came second is the person that the first one made.
        return outcome.Committed
            ? id
            : await FindAsync(hash, cancellationToken)
                ?? throw new InvalidDataException("A person was made and cannot be read.");
    }

    private string NameOf(ClaimsPrincipal token)
    {
        var claims = options.Value.Authentication.NameClaims is { Count: > 0 } configured
            ? configured
            : (IEnumerable<string>)ButtonizeOptions.AuthenticationOptions.DefaultNameClaims;
        return claims
            .Append("sub")
            .Select(c => token.FindFirstValue(c))
            .First(value => !string.IsNullOrWhiteSpace(value))!;
    }
}
