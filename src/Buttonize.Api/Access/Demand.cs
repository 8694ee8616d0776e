using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>
/// What a call on an organization's route needs. An endpoint's demands add up; each needs at least a membership that is not suspended.
/// </summary>
/// <param name="Permission">The permissions that are needed.</param>
/// <param name="UnlessSelf">The permissions that are needed but by whom the call is about.</param>
/// <param name="Owner">Whether only the owner may.</param>
/// <param name="App">Whether the call is about an app, which the caller then has to be allowed to use.</param>
internal sealed record Demand(
    Permission Permission = Permission.None,
    Permission UnlessSelf = Permission.None,
    bool Owner = false,
    bool App = false
)
{
    /// <summary>Both: what one of them refuses is refused.</summary>
    public Demand And(Demand other) =>
        new(
            Permission | other.Permission,
            UnlessSelf | other.UnlessSelf,
            Owner || other.Owner,
            App || other.App
        );
}

/// <summary>A member's standing in an organization: what decisions about them are made from, as it was read.</summary>
/// <param name="Organization">The organization.</param>
/// <param name="Member">The membership.</param>
/// <param name="Rights">What the member may do, by ownership or by groups.</param>
internal sealed record Standing(Organization Organization, Member Member, Rights Rights)
{
    /// <summary>The person.</summary>
    public UserId User => Member.Id;

    /// <summary>Whether the person owns the organization.</summary>
    public bool IsOwner => Organization.OwnerId == User;

    /// <summary>
    /// Holds while the organization has the owner that it had, and is not deleted; and while it has the groups that it had, but for the owner,
    /// whose rights do not hang on groups.
    /// </summary>
    public Expression OrganizationStands
    {
        get
        {
            var owned = Organizations.Organization.IsLive.And(
                new Expression("#ownerId = :ownerId", (":ownerId", Organization.OwnerId.Value))
            );
            return IsOwner
                ? owned
                : owned.And(
                    new Expression(
                        "#groupVersion = :groupVersion",
                        (":groupVersion", Organization.GroupVersion)
                    )
                );
        }
    }

    /// <summary>
    /// The transaction is only made while the organization and the caller's membership stand. For changes of other items than those two.
    /// </summary>
    public IReadOnlyList<Write> Stands =>
        [Write.Check(Key.Organization(Organization.Id), OrganizationStands), .. CallerStands];

    /// <summary>The part of <see cref="Stands"/> about the caller's membership.</summary>
    public IReadOnlyList<Write> CallerStands =>
        [Write.Check(Key.Member(Organization.Id, User), Expression.Version(Member.Version))];

    /// <summary><see cref="CallerStands"/> for a transaction that changes a member, who may be the caller: an item comes once in it.</summary>
    public IReadOnlyList<Write> CallerStandsBeside(UserId member) =>
        member == User ? [] : CallerStands;
}
