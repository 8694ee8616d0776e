using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>Reads and writes what is stored of people.</summary>
internal sealed class PersonRecords(Table table, TimeProvider time)
{
    /// <summary>The person that (issuer, subject) stands for, made where there is none.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<PersonRecord> FindOrCreateAsync(
        string hash,
        string issuer,
        string subject,
        Profile profile,
        long issuedAt,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            if (await FindAsync(hash, cancellationToken) is { } found)
            {
                return found;
            }

            var record = new PersonRecord(
                UserId.New(),
                profile.Name ?? subject,
                profile.Email,
                issuedAt
            );
            if (await CreateAsync(hash, issuer, subject, record, cancellationToken))
            {
                return record;
            }

            // Two first calls at once: the one that came second is the person that the first one made.
            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    /// <summary>Lets the record follow the provider, unless a later token has been here, or the person is erased.</summary>
    /// <returns>What is recorded now.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<PersonRecord> FollowAsync(
        PersonRecord before,
        PersonRecord after,
        CancellationToken cancellationToken
    )
    {
        var set = "SET #userName = :userName, #seenIssuedAt = :issuedAt";
        (string, object)[] values = [(":userName", after.UserName), (":issuedAt", after.IssuedAt)];
        var written = await table.UpdateAsync(
            Key.Person(before.Id),
            after.Email is { } email
                ? new Expression($"{set}, #email = :email", [.. values, (":email", email)])
                : new Expression(set, values),
            PersonRecord.IsLive.And(
                new Expression(
                    "attribute_not_exists(#seenIssuedAt) OR #seenIssuedAt <= :issuedAt",
                    (":issuedAt", after.IssuedAt)
                )
            ),
            cancellationToken
        );
        return written ? after
            : await table.GetAsync(Key.Person(before.Id), cancellationToken) is { } item
                ? PersonRecord.Read(item)
            : after;
    }

    private async Task<PersonRecord?> FindAsync(string hash, CancellationToken cancellationToken) =>
        await table.GetAsync(Key.Subject(hash), cancellationToken) is { } subject
        && await table.GetAsync(
            Key.Person(UserId.Parse(subject.String("userId"))),
            cancellationToken
        )
            is { } person
            ? PersonRecord.Read(person)
            : null;

    private async Task<bool> CreateAsync(
        string hash,
        string issuer,
        string subject,
        PersonRecord record,
        CancellationToken cancellationToken
    ) =>
        (
            await table.WriteAsync(
                [
                    Write.Put(
                        new Item(Key.Subject(hash)).Set("userId", record.Id.Value),
                        Expression.NotExists
                    ),
                    Write.Put(
                        new Item(Key.Person(record.Id))
                            .Set("userId", record.Id.Value)
                            .Set("issuer", issuer)
                            .Set("subject", subject)
                            .Set("userName", record.UserName)
                            .Set("email", record.Email)
                            .Set("seenIssuedAt", record.IssuedAt)
                            .Set(PersonRecord.Creations, 0)
                            .Set("createdAt", time.GetUtcNow()),
                        Expression.NotExists
                    ),
                ],
                cancellationToken
            )
        ).Committed;
}
