using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>Members as items of the table.</summary>
internal static class MemberItems
{
    /// <summary>The most addresses that are kept of a member: each is one more write when they go, and a transaction has at most 100.</summary>
    public const int MostAddresses = 20;

    /// <summary>The writes of a new member: the membership, and the person's side of it.</summary>
    public static IReadOnlyList<Write> Add(
        OrganizationId organization,
        UserId user,
        IReadOnlyList<GroupId> memberOf,
        IReadOnlyList<string> invitedAs,
        DateTimeOffset now
    ) =>
        [
            Write.Put(
                new Item(Key.Member(organization, user))
                    .Set("userId", user.Value)
                    .Set("groups", memberOf.Select(g => g.Value))
                    .Set("invitedAs", invitedAs)
                    .Set("joinedAt", now)
                    .Set("version", now.ToUnixTimeMilliseconds()),
                Expression.NotExists
            ),
            Write.Put(
                new Item(Key.Membership(user, organization)).Set(
                    "organizationId",
                    organization.Value
                )
            ),
        ];

    /// <summary>The write that changes a member, if nobody has since it was read.</summary>
    public static Write Replace(OrganizationId organization, Member before, Member after)
    {
        var set = "#groups = :groups, #invitedAs = :invitedAs";
        var remove = "";
        List<(string, object)> values =
        [
            (":groups", after.Groups.Select(g => g.Value)),
            (":invitedAs", after.InvitedAs),
            (":one", 1L),
        ];
        if (after.Suspension is { } suspension)
        {
            set += ", #suspension = :suspension";
            values.Add((":suspension", AppItems.Write(suspension)));
        }
        else
        {
            remove = " REMOVE #suspension";
        }

        if (after.AssignedAt is { } assignedAt)
        {
            set += ", #assignedAt = :assignedAt";
            values.Add((":assignedAt", Item.Format(assignedAt)));
        }

        return Write.Update(
            Key.Member(organization, before.Id),
            new Expression($"SET {set}{remove} ADD #version :one", [.. values]),
            Expression.Version(before.Version)
        );
    }

    /// <summary>
    /// The writes that void what invitations are still open to the addresses of a member who goes: nobody comes back by one that they kept.
    /// Kept as long as an invitation lasts.
    /// </summary>
    public static IEnumerable<Write> Departed(
        OrganizationId organization,
        Member member,
        DateTimeOffset now
    ) =>
        member.InvitedAs.Select(hashedEmail =>
            Write.Put(
                new Item(Key.Departed(organization, hashedEmail))
                    .Set("at", now)
                    .Expires(now + Invitations.Lifetime)
            )
        );

    /// <summary>Holds where nobody who was invited by an address has gone since then.</summary>
    public static Expression NobodyDepartedSince(DateTimeOffset invitedAt) =>
        new(
            "attribute_not_exists(#pk) OR #at < :invitedAt",
            (":invitedAt", Item.Format(invitedAt))
        );

    /// <summary>The member of an item.</summary>
    public static Member Read(Item item) =>
        new(
            UserId.Parse(item.String("userId")),
            [.. item.Strings("groups").Select(GroupId.Parse)],
            AppItems.ReadSuspension(item),
            item.Strings("invitedAs"),
            item.OptionalTime("assignedAt"),
            item.Number("version")
        );
}
