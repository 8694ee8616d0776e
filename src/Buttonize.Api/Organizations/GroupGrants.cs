using Buttonize.Api.Access;

namespace Buttonize.Api.Organizations;

/// <summary>Whether groups may be assigned to somebody, now or by an invitation.</summary>
internal static class GroupGrants
{
    /// <summary>The most groups of one member. It bounds what one decision can have to read.</summary>
    public const int Most = 50;

    /// <summary>Why the groups may not be assigned: one does not exist, or one gives what the assigner lacks.</summary>
    /// <param name="cache">Where groups are read.</param>
    /// <param name="assigner">Whoever assigns them.</param>
    /// <param name="assigned">The groups.</param>
    /// <param name="alreadyGiven">Those of them that need not be given any more.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Storage.StorageUnavailableException"/>
    public static async Task<Refusal?> DecideAsync(
        GroupCache cache,
        Standing assigner,
        IReadOnlyList<GroupId> assigned,
        IReadOnlyList<GroupId> alreadyGiven,
        CancellationToken cancellationToken
    )
    {
        var groups = await cache.GetAsync(assigner.Organization, assigned, cancellationToken);
        if (groups.Count < assigned.Distinct().Count())
        {
            return new Refusal.Invalid(
                "groups",
                "'groups' names a group that is not in this organization; GET …/groups lists those there are."
            );
        }

        var given = SumOf(groups.Where(g => !alreadyGiven.Contains(g.Id)));
        return AccessRules.DecideToGive(assigner, given);
    }

    /// <summary>What groups give together.</summary>
    public static Rights SumOf(IEnumerable<Group> groups) =>
        groups.Aggregate(Rights.None, (sum, group) => sum.Plus(group.Gives));
}
