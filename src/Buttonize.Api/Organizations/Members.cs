using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>A member of an organization.</summary>
/// <param name="Id">The person's id.</param>
/// <param name="UserName">The person's name as it was at their first call.</param>
/// <param name="Email">The person's e-mail as it was at their first call, or null.</param>
/// <param name="Suspension">Why they may do nothing in the organization, or null.</param>
internal sealed record Member(UserId Id, string UserName, string? Email, Suspension? Suspension);

/// <summary>Suspends members, and lifts that.</summary>
internal sealed class Members(Table table, TimeProvider time)
{
    /// <summary>
    /// The member may do nothing in the organization, from the next call on. A new reason takes the place of an older one.
    /// </summary>
    /// <returns>The member; null where there is none.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Member?> SuspendAsync(
        OrganizationId organization,
        UserId user,
        string reason,
        UserId by,
        CancellationToken cancellationToken
    )
    {
        var suspension = new Suspension(reason, time.GetUtcNow(), by);
        var isMember = await table.UpdateAsync(
            Key.Member(organization, user),
            new Expression(
                "SET #suspension = :suspension",
                (":suspension", AppItems.Write(suspension))
            ),
            Expression.Exists,
            cancellationToken
        );
        if (!isMember)
        {
            return null;
        }

        var person =
            await table.GetAsync(Key.Person(user), cancellationToken)
            ?? throw new InvalidDataException("A member has no record as a person.");
        return new Member(
            user,
            person.String("userName"),
            person.OptionalString("email"),
            suspension
        );
    }

    /// <summary>Lifts a member's suspension; where there is none, nothing changes.</summary>
    /// <returns>Whether there is such a member.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public Task<bool> LiftAsync(
        OrganizationId organization,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        table.UpdateAsync(
            Key.Member(organization, user),
            new Expression("REMOVE #suspension"),
            Expression.Exists,
            cancellationToken
        );
}
