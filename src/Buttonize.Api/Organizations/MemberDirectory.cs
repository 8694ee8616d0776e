using Buttonize.Api.Access;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Organizations;

/// <summary>Finds and lists members, with their names.</summary>
internal sealed class MemberDirectory(Table table, Pages pages, GroupCache groups)
{
    /// <summary>A page of the organization's members; null where the cursor is not this list's.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Page<NamedMember>?> ListAsync(
        Organization organization,
        PageRequest request,
        CancellationToken cancellationToken
    ) =>
        await pages.ReadAsync(
            new Query(Key.OrganizationPartition(organization.Id), Key.MemberPrefix),
            request,
            MemberItems.Read,
            cancellationToken
        )
            is { } page
            ? new Page<NamedMember>(
                await NameAsync(organization, page.Items, cancellationToken),
                page.NextCursor
            )
            : null;

    /// <summary>One member, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<NamedMember?> FindNamedAsync(
        Organization organization,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(organization.Id, user, cancellationToken) is { } member
            ? await NameAsync(organization, member, cancellationToken)
            : null;

    /// <summary>One membership, or null.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Member?> FindAsync(
        OrganizationId organization,
        UserId user,
        CancellationToken cancellationToken
    ) =>
        await table.GetAsync(Key.Member(organization, user), cancellationToken) is { } item
            ? MemberItems.Read(item)
            : null;

    /// <summary>Adds the person's name, and leaves out groups that are gone; null where the person was erased meanwhile.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<NamedMember?> NameAsync(
        Organization organization,
        Member member,
        CancellationToken cancellationToken
    ) => (await NameAsync(organization, [member], cancellationToken)).SingleOrDefault();

    private async Task<IReadOnlyList<NamedMember>> NameAsync(
        Organization organization,
        IReadOnlyList<Member> members,
        CancellationToken cancellationToken
    )
    {
        var people = await table.GetManyAsync(
            [.. members.Select(m => Key.Person(m.Id))],
            cancellationToken
        );
        var there = await groups.GetAsync(
            organization,
            [.. members.SelectMany(m => m.Groups)],
            cancellationToken
        );
        var ids = there.Select(g => g.Id).ToHashSet();
        return
        [
            .. members
                .Zip(people)
                .Where(pair => pair.Second is not null)
                .Select(pair => new NamedMember(
                    pair.First with
                    {
                        Groups = [.. pair.First.Groups.Where(ids.Contains)],
                    },
                    pair.Second!.String("userName"),
                    pair.Second.OptionalString("email")
                )),
        ];
    }
}
