using Buttonize.Api.Access;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Accepts invitations: uses one up and makes the membership, in one write. An invitation holds only while whoever made it may still give
/// its groups, so that somebody who was removed leaves no door open (see docs/adr/0013).
/// </summary>
internal sealed class Acceptance(
    Table table,
    DataKeys keys,
    Invitations invitations,
    AccessReader access,
    MemberDirectory members,
    GroupCache groups,
    TimeProvider time
)
{
    private static readonly Demand NeededToInvite = new(Permission.ManageMembers);

    /// <summary>Accepts an invitation to the person's verified address.</summary>
    /// <returns>The organization that the person is a member of now.</returns>
    /// <exception cref="StorageUnavailableException">Also where others kept changing what it rests on.</exception>
    public async Task<Outcome<Organization>> AcceptAsync(
        Person person,
        InvitationId id,
        CancellationToken cancellationToken
    )
    {
        if (InvitedAddress.Of(person) is not { } email)
        {
            return new Refusal.EmailNotVerified();
        }

        for (var attempt = 1; attempt <= RetryPause.Tries; attempt++)
        {
            if (await invitations.FindAsync(email, id, cancellationToken) is not { } invitation)
            {
                return new Refusal.NotFound();
            }

            if (await TryAsync(person.Id, invitation, cancellationToken) is { } outcome)
            {
                return outcome;
            }

            await RetryPause.WaitAsync(attempt, time, cancellationToken);
        }

        throw StorageUnavailableException.Overtaken();
    }

    /// <summary>One try; null where it was overtaken by another change.</summary>
    private async Task<Outcome<Organization>?> TryAsync(
        UserId user,
        Invitation invitation,
        CancellationToken cancellationToken
    )
    {
        var inviter = await access.ReadAsync(
            invitation.InvitedBy,
            invitation.Organization,
            cancellationToken
        );
        if (AccessRules.Decide(NeededToInvite, inviter) is not null)
        {
            return new Refusal.InvitationVoid();
        }

        // Whoever accepts an invitation of their own is taken as the decision read them, like everywhere.
        var member =
            user == inviter!.User
                ? inviter.Member
                : await members.FindAsync(invitation.Organization, user, cancellationToken);
        if (member?.Suspension is { } suspension)
        {
            return new Refusal.MemberSuspended(suspension.Reason);
        }

        var there = await groups.GetAsync(
            inviter.Organization,
            [.. invitation.Groups, .. member?.Groups ?? []],
            cancellationToken
        );
        if (Refuses(inviter, invitation, member, there) is { } refusal)
        {
            return refusal;
        }

        var ring = await keys.GetAsync(cancellationToken);
        var hashedEmail = Invitations.Hash(ring, invitation.Email);
        var outcome = await table.WriteAsync(
            [
                Write.Check(Key.Person(user), PersonRecord.IsLive),
                Write.Check(
                    Key.Departed(invitation.Organization, hashedEmail),
                    MemberItems.NobodyDepartedSince(invitation.CreatedAt)
                ),
                .. Invitations.Take(ring, invitation),
                .. Join(
                    invitation.Organization,
                    user,
                    member,
                    [.. there.Select(g => g.Id)],
                    hashedEmail
                ),
                Write.Check(Key.Organization(invitation.Organization), inviter.OrganizationStands),
                .. inviter.CallerStandsBeside(user),
            ],
            cancellationToken
        );
        return outcome.Committed ? inviter.Organization
            : outcome.Failed(0) ? new Refusal.PersonErased()
            : outcome.Failed(1) ? new Refusal.InvitationVoid()
            : (Outcome<Organization>?)null;
    }

    private static Refusal? Refuses(
        Standing inviter,
        Invitation invitation,
        Member? member,
        IReadOnlyList<Group> there
    )
    {
        // What somebody said of the member's groups since then is the later word.
        var given = GroupGrants.SumOf(there.Where(g => invitation.Groups.Contains(g.Id)));
        return member?.AssignedAt >= invitation.CreatedAt
            || AccessRules.DecideToGive(inviter, given) is not null
                ? new Refusal.InvitationVoid()
            : there.Count > GroupGrants.Most
                ? new Refusal.Invalid(
                    "groups",
                    $"You would be in more than {GroupGrants.Most} groups; ask to be taken out of some first."
                )
            : null;
    }

    private IReadOnlyList<Write> Join(
        OrganizationId organization,
        UserId user,
        Member? member,
        IReadOnlyList<GroupId> memberOf,
        string hashedEmail
    ) =>
        member is null
            ? MemberItems.Add(organization, user, memberOf, [hashedEmail], time.GetUtcNow())
            :
            [
                MemberItems.Replace(
                    organization,
                    member,
                    member with
                    {
                        Groups = memberOf,
                        InvitedAs =
                        [
                            .. member
                                .InvitedAs.Union([hashedEmail], StringComparer.Ordinal)
                                .TakeLast(MemberItems.MostAddresses),
                        ],
                    }
                ),
            ];
}

/// <summary>The address by which a person can be invited.</summary>
internal static class InvitedAddress
{
    /// <summary>The person's e-mail, if a provider that is trusted for it says that it is verified; else null.</summary>
    public static EmailAddress? Of(Person person) =>
        person.IsEmailVerified ? EmailAddress.TryParse(person.Email) : null;
}
