using Buttonize.Api.Apps;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>Members as items of the table.</summary>
internal static class MemberItems
{
    /// <summary>The writes of a new member: the membership, and the person's side of it.</summary>
    public static IReadOnlyList<Write> Add(
        OrganizationId organization,
        UserId user,
        IReadOnlyList<GroupId> memberOf,
        DateTimeOffset now
    ) =>
        [
            Write.Put(
                new Item(Key.Member(organization, user))
                    .Set("userId", user.Value)
                    .Set("groups", memberOf.Select(g => g.Value))
                    .Set("joinedAt", now)
                    .Set("version", 1),
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
    public static Write Replace(OrganizationId organization, Member before, Member after) =>
        Write.Update(
            Key.Member(organization, before.Id),
            after.Suspension is { } suspension
                ? new Expression(
                    "SET #groups = :groups, #suspension = :suspension ADD #version :one",
                    (":groups", after.Groups.Select(g => g.Value)),
                    (":suspension", AppItems.Write(suspension)),
                    (":one", 1L)
                )
                : new Expression(
                    "SET #groups = :groups REMOVE #suspension ADD #version :one",
                    (":groups", after.Groups.Select(g => g.Value)),
                    (":one", 1L)
                ),
            Expression.Version(before.Version)
        );

    /// <summary>The member of an item.</summary>
    public static Member Read(Item item) =>
        new(
            UserId.Parse(item.String("userId")),
            [.. item.Strings("groups").Select(GroupId.Parse)],
            AppItems.ReadSuspension(item),
            item.Number("version")
        );
}
