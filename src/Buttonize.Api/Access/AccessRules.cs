using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;

namespace Buttonize.Api.Access;

/// <summary>Who may do what: pure decisions over what <see cref="AccessReader"/> read, in this one place.</summary>
internal static class AccessRules
{
    /// <summary>
    /// What a member may do: the owner everything, in whatever groups; others what their groups give together. Nothing while they or the
    /// organization are suspended.
    /// </summary>
    public static Rights RightsOf(
        Organization organization,
        Member member,
        IEnumerable<Group> groups
    ) =>
        member.Suspension is not null || organization.Suspension is not null ? Rights.None
        : organization.OwnerId == member.Id ? Rights.All
        : GroupGrants.SumOf(groups.Where(g => member.Groups.Contains(g.Id)));

    /// <summary>Why a call is refused; null where it is granted.</summary>
    /// <param name="demand">What the call needs.</param>
    /// <param name="standing">The caller's standing; null for whoever is no member, and where there is no such organization.</param>
    /// <param name="isAboutCaller">Whether the member that the call is about is the caller.</param>
    /// <param name="app">The app that the call is about; null where there is none.</param>
    public static Refusal? Decide(
        Demand demand,
        Standing? standing,
        bool isAboutCaller = false,
        App? app = null
    ) =>
        standing is null ? new Refusal.NotFound()
        : standing.Organization.Suspension is { } whole
            ? new Refusal.OrganizationSuspended(whole.Reason)
        : standing.Member.Suspension is { } suspension
            ? new Refusal.MemberSuspended(suspension.Reason)
        : demand.App && !(app is not null && MayUse(standing, app)) ? new Refusal.NotFound()
        : demand.Owner && !standing.IsOwner ? new Refusal.OwnerOnly()
        : Needed(demand, isAboutCaller) is var needed && standing.Rights.Has(needed) ? null
        : new Refusal.Lacks(needed & ~standing.Rights.Permissions);

    private static Permission Needed(Demand demand, bool isAboutCaller) =>
        demand.Permission | (isAboutCaller ? Permission.None : demand.UnlessSelf);

    /// <summary>Whether the member may use the app: see it, and get sessions of its role.</summary>
    public static bool MayUse(Standing standing, App app) =>
        app.Organization == standing.Organization.Id && standing.Rights.MayUse(app.Definition.Tags);

    /// <summary>Why a member may not be changed by this caller: nobody but the owner touches the owner.</summary>
    public static Refusal? DecideOn(Standing standing, UserId member) =>
        member == standing.Organization.OwnerId && !standing.IsOwner
            ? new Refusal.OwnerUntouchable()
            : null;

    /// <summary>Why a member may not be suspended or removed by anybody: the owner could not undo it, and there is always one.</summary>
    public static Refusal? DecideToShutOut(Organization organization, UserId member) =>
        member == organization.OwnerId ? new Refusal.OwnerUntouchable() : null;

    /// <summary>Why the caller may not read the ledger's entries of this person (null: of everybody); their own are always theirs to read.</summary>
    public static Refusal? DecideToAudit(Standing standing, UserId? person) =>
        person == standing.User || standing.Rights.Has(Permission.ManageMembers)
            ? null
            : new Refusal.Lacks(Permission.ManageMembers);

    /// <summary>Why nobody in the organization may replace or lift a suspension: the operator set it, and alone can lift it.</summary>
    public static Refusal? DecideToLift(Suspension? suspension) =>
        suspension is { IsByOperator: true } ? new Refusal.OperatorOnly() : null;

    /// <summary>Why the caller may not give these rights to somebody: nobody gives what they lack.</summary>
    public static Refusal? DecideToGive(Standing standing, Rights given) =>
        standing.Rights.LackingFor(given) is { Count: > 0 } lacking
            ? new Refusal.BeyondOwnRights(lacking)
            : null;
}
