using Buttonize.Api.Apps;

namespace Buttonize.Api.Organizations;

/// <summary>A membership of an organization.</summary>
/// <param name="Id">The person's id.</param>
/// <param name="Groups">The groups they were put into; one that was deleted since gives nothing.</param>
/// <param name="Suspension">Why they may do nothing in the organization, or null.</param>
/// <param name="InvitedAs">The addresses by which they joined, by their keyed hashes.</param>
/// <param name="AssignedAt">When somebody last said which groups they are in; null where only invitations did.</param>
/// <param name="Version">
/// Counts its changes, from the millisecond they joined on, so that no version of an earlier membership comes again; the ETag.
/// </param>
internal sealed record Member(
    UserId Id,
    IReadOnlyList<GroupId> Groups,
    Suspension? Suspension,
    IReadOnlyList<string> InvitedAs,
    DateTimeOffset? AssignedAt,
    long Version
);

/// <summary>A member with what is known of the person, for others to recognize them.</summary>
/// <param name="Member">The membership, with those of its groups that there are.</param>
/// <param name="UserName">The person's name when they were last here.</param>
/// <param name="Email">The person's e-mail then, or null; not necessarily a verified one.</param>
internal sealed record NamedMember(Member Member, string UserName, string? Email);
