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
        var (organization, ring) = (
            invitation.Organization,
            await keys.GetAsync(cancellationToken)
        );
        var inviter = await access.ReadAsync(invitation.InvitedBy, organization, cancellationToken);
        if (
            AccessRules.Decide(NeededToInvite, inviter) is not null
            || AccessRules.DecideToGive(
                inviter!,
                await GivenByAsync(inviter!.Organization, invitation, cancellationToken)
            )
                is not null
        )
        {
            return new Refusal.InvitationVoid();
        }

        var item = await table.GetAsync(Key.Member(organization, user), cancellationToken);
        var member = item is null ? null : MemberItems.Read(item);
        if (member?.Suspension is { } suspension)
        {
            return new Refusal.MemberSuspended(suspension.Reason);
        }

        var outcome = await table.WriteAsync(
            [
                Write.Check(Key.Person(user), PersonRecord.IsLive),
                .. Invitations.Take(ring, invitation),
                .. Join(organization, user, member, invitation.Groups),
                Write.Check(Key.Organization(organization), inviter.OrganizationStands),
                .. inviter.CallerStandsBeside(user),
            ],
            cancellationToken
        );
        return outcome.Committed ? inviter.Organization
            : outcome.Failed(0) ? new Refusal.PersonErased()
            : (Outcome<Organization>?)null;
    }

    /// <summary>What the invitation's groups give now; one that was deleted since gives nothing.</summary>
    private async Task<Rights> GivenByAsync(
        Organization organization,
        Invitation invitation,
        CancellationToken cancellationToken
    ) =>
        (await groups.GetAsync(organization, invitation.Groups, cancellationToken)).Aggregate(
            Rights.None,
            (sum, group) => sum.Plus(group.Gives)
        );

    private IReadOnlyList<Write> Join(
        OrganizationId organization,
        UserId user,
        Member? member,
        IReadOnlyList<GroupId> added
    ) =>
        member is null
            ? MemberItems.Add(organization, user, added, time.GetUtcNow())
            :
            [
                MemberItems.Replace(
                    organization,
                    member,
                    member with
                    {
                        Groups = [.. member.Groups.Union(added).Take(GroupGrants.Most)],
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
