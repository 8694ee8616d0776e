using Buttonize.Api.Access;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Organizations;

/// <summary>An invitation of whoever holds an e-mail address.</summary>
/// <param name="Id">The invitation's id.</param>
/// <param name="Organization">The organization they are invited to.</param>
/// <param name="Email">The address.</param>
/// <param name="Groups">The groups they will be in.</param>
/// <param name="InvitedBy">Who invited them.</param>
/// <param name="CreatedAt">When they were invited.</param>
/// <param name="ExpiresAt">From when on it is none.</param>
internal sealed record Invitation(
    InvitationId Id,
    OrganizationId Organization,
    EmailAddress Email,
    IReadOnlyList<GroupId> Groups,
    UserId InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <summary>
/// Makes, lists and withdraws invitations. Each is two items, the organization's and that of the address, which are written and deleted
/// together.
/// </summary>
internal sealed class Invitations(
    Table table,
    Pages pages,
    DataKeys keys,
    GroupCache groups,
    GuardedChanges changes,
    TimeProvider time
)
{
    /// <summary>How long an invitation can be accepted.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const string Purpose = "invited-email";

    /// <summary>Invites an address into groups that give nothing the inviter lacks. Several may be open for one address.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Outcome<Invitation>> CreateAsync(
        Standing caller,
        EmailAddress email,
        IReadOnlyList<GroupId> assigned,
        CancellationToken cancellationToken
    )
    {
        var ring = await keys.GetAsync(cancellationToken);
        var now = time.GetUtcNow();
        var invitation = new Invitation(
            InvitationId.New(),
            caller.Organization.Id,
            email,
            [.. assigned.Distinct()],
            caller.User,
            now,
            now + Lifetime
        );
        return await changes.RunAsync<Invitation>(
            caller,
            new Demand(Permission.ManageMembers),
            async standing =>
            {
                if (
                    await GroupGrants.DecideAsync(
                        groups,
                        standing,
                        invitation.Groups,
                        alreadyGiven: [],
                        cancellationToken
                    ) is
                    { } refusal
                )
                {
                    return refusal;
                }

                var outcome = await table.WriteAsync(
                    [
                        Write.Put(
                            ToItem(
                                Key.Invitation(invitation.Organization, invitation.Id),
                                invitation
                            ),
                            Expression.NotExists
                        ),
                        Write.Put(
                            ToItem(InvitedKey(ring, invitation), invitation),
                            Expression.NotExists
                        ),
                        .. standing.Stands,
                    ],
                    cancellationToken
                );
                return outcome.Committed ? invitation : (Outcome<Invitation>?)null;
            },
            cancellationToken
        );
    }

    /// <summary>A page of the organization's open invitations; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public Task<Page<Invitation>?> ListAsync(
        OrganizationId organization,
        PageRequest request,
        CancellationToken cancellationToken
    ) => ReadAsync(Key.OrganizationPartition(organization), request, cancellationToken);

    /// <summary>A page of an address's open invitations; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Page<Invitation>?> ListAsync(
        EmailAddress email,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        await ReadAsync(
            Key.InvitedPartition(Hash(await keys.GetAsync(cancellationToken), email)),
            request,
            cancellationToken
        );

    /// <summary>An open invitation of an address, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Invitation?> FindAsync(
        EmailAddress email,
        InvitationId id,
        CancellationToken cancellationToken
    )
    {
        var ring = await keys.GetAsync(cancellationToken);
        return
            await table.GetAsync(Key.Invited(Hash(ring, email), id), cancellationToken) is { } item
            ? Open(item)
            : null;
    }

    /// <summary>Withdraws an invitation.</summary>
    /// <returns>Whether there was one, open or expired.</returns>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<bool> DeleteAsync(
        OrganizationId organization,
        InvitationId id,
        CancellationToken cancellationToken
    )
    {
        if (
            await table.GetAsync(Key.Invitation(organization, id), cancellationToken)
            is not { } item
        )
        {
            return false;
        }

        var ring = await keys.GetAsync(cancellationToken);
        return (await table.WriteAsync(Take(ring, Read(item)), cancellationToken)).Committed;
    }

    /// <summary>The writes that use an invitation up; their conditions fail where somebody else already has.</summary>
    public static IReadOnlyList<Write> Take(KeyRing ring, Invitation invitation) =>
        [
            Write.Delete(Key.Invitation(invitation.Organization, invitation.Id), Expression.Exists),
            Write.Delete(InvitedKey(ring, invitation)),
        ];

    /// <summary>The write that deletes the address's side of an invitation's item.</summary>
    public static Write DeleteInvited(KeyRing ring, Item item) =>
        Write.Delete(InvitedKey(ring, Read(item)));

    private async Task<Page<Invitation>?> ReadAsync(
        string partition,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        await pages.ReadAsync(
            new Query(partition, Key.InvitationPrefix),
            request,
            Open,
            cancellationToken
        );

    // DynamoDB drops expired items days late; the time is what counts.
    private Invitation? Open(Item item) =>
        Read(item) is var invitation && invitation.ExpiresAt > time.GetUtcNow() ? invitation : null;

    private static Invitation Read(Item item) =>
        new(
            InvitationId.Parse(item.String("invitationId")),
            OrganizationId.Parse(item.String("organizationId")),
            EmailAddress.TryParse(item.String("email"))
                ?? throw new InvalidDataException("A stored invitation has no e-mail address."),
            [.. item.Strings("groups").Select(GroupId.Parse)],
            UserId.Parse(item.String("invitedBy")),
            item.Time("createdAt"),
            item.Time("expires")
        );

    private static Item ToItem(Key key, Invitation invitation) =>
        new Item(key)
            .Set("invitationId", invitation.Id.Value)
            .Set("organizationId", invitation.Organization.Value)
            .Set("email", invitation.Email.Text)
            .Set("groups", invitation.Groups.Select(g => g.Value))
            .Set("invitedBy", invitation.InvitedBy.Value)
            .Set("createdAt", invitation.CreatedAt)
            .Set("expires", invitation.ExpiresAt)
            .Expires(invitation.ExpiresAt);

    private static Key InvitedKey(KeyRing ring, Invitation invitation) =>
        Key.Invited(Hash(ring, invitation.Email), invitation.Id);

    /// <summary>What stands for an address in keys.</summary>
    public static string Hash(KeyRing ring, EmailAddress email) =>
        ring.KeyedHash(Purpose, email.Folded);
}
