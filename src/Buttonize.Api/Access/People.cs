using System.Globalization;
using System.Security.Claims;
using Buttonize.Api.Hosting;
using Buttonize.Api.Storage;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Access;

/// <summary>
/// Knows which person a token's (issuer, subject) stands for, and makes one at the first call. Their name and e-mail are what the provider
/// says now; what is recorded of them follows.
/// </summary>
internal sealed class People(
    PersonRecords records,
    UserInfo userInfo,
    ProfileClaims claims,
    IOptions<ButtonizeOptions> options,
    TimeProvider time
) : IDisposable
{
    private const int Remembered = 100_000;

    /// <summary>
    /// How long an instance can take somebody who was erased elsewhere for who they were: somebody without any membership. Nothing that can be
    /// revoked is remembered here.
    /// </summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = Remembered });

    /// <summary>The person behind the verified access token of a call; found out once a call.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Person> ResolveAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<Person>() is { } resolved)
        {
            return resolved;
        }

        var person = await ResolveAsync(
            context.User,
            context.Features.Get<PresentedToken>()
                ?? throw new InvalidOperationException("Nobody has presented a token."),
            cancellationToken
        );
        context.Features.Set(person);
        return person;
    }

    /// <summary>Forgets who a token's person is: they were erased, and the next call makes somebody new of them.</summary>
    public void Forget(ClaimsPrincipal token) => known.Remove(HashOf(token));

    /// <inheritdoc/>
    public void Dispose() => known.Dispose();

    private async Task<Person> ResolveAsync(
        ClaimsPrincipal token,
        PresentedToken presented,
        CancellationToken cancellationToken
    )
    {
        var (hash, subject) = (HashOf(token), token.FindFirstValue("sub")!);
        var (profile, isWhole) = (Profile.Of(claims, token), true);
        if ((profile.Name is null && claims.Names.Count > 0) || profile.Email is null)
        {
            var more = await userInfo.FindAsync(presented, hash, subject, cancellationToken);
            (profile, isWhole) = (profile.CompletedBy(more ?? Profile.None), more is not null);
        }

        var record = await RecordAsync(token, hash, profile, cancellationToken);
        return new Person(
            record.Id,
            profile.Name ?? (isWhole ? subject : record.UserName),
            profile.Email ?? (isWhole ? null : record.Email),
            profile.IsEmailVerified
                && !options.Value.Authentication.UntrustedEmailSchemes.Contains(
                    presented.Scheme,
                    StringComparer.Ordinal
                )
        );
    }

    /// <summary>What is recorded of the person, after it has followed what the provider says.</summary>
    private async Task<PersonRecord> RecordAsync(
        ClaimsPrincipal token,
        string hash,
        Profile profile,
        CancellationToken cancellationToken
    )
    {
        var issuedAt = IssuedAt(token);
        if (!known.TryGetValue<PersonRecord>(hash, out var record))
        {
            record = await records.FindOrCreateAsync(
                hash,
                token.FindFirstValue("iss")!,
                token.FindFirstValue("sub")!,
                profile,
                issuedAt,
                cancellationToken
            );
            Remember(hash, record);
        }

        var now = record! with
        {
            UserName = profile.Name ?? record.UserName,
            Email = profile.Email ?? record.Email,
            IssuedAt = issuedAt,
        };

        // An older token that is still in use says nothing new.
        if (issuedAt >= record.IssuedAt && now with { IssuedAt = record.IssuedAt } != record)
        {
            record = await records.FollowAsync(record, now, cancellationToken);
            Remember(hash, record);
        }

        return record;
    }

    private void Remember(string hash, PersonRecord record) =>
        known.Set(
            hash,
            record,
            new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime }
        );

    private long IssuedAt(ClaimsPrincipal token) =>
        long.TryParse(
            token.FindFirstValue("iat"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        )
            ? seconds
            : time.GetUtcNow().ToUnixTimeSeconds();

    private static string HashOf(ClaimsPrincipal token) =>
        PersonRecord.HashOf(token.FindFirstValue("iss")!, token.FindFirstValue("sub")!);
}
