using Buttonize.Api.Apps;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>
/// Reads everything that a decision needs in one consistent batch of two or three items, however many members and groups there are. The
/// definitions of the member's groups come from memory, for as long as no group of the organization has changed.
/// </summary>
internal sealed class AccessReader(Table table, GroupCache groups)
{
    /// <summary>A person's standing in an organization; null where they are no member, or there is no such organization.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<Standing?> ReadAsync(
        UserId user,
        OrganizationId organization,
        CancellationToken cancellationToken
    ) =>
        await StandingAsync(
            await table.GetManyAsync(
                [Key.Member(organization, user), Key.Organization(organization)],
                cancellationToken
            ),
            cancellationToken
        );

    /// <summary>The same, with one of the organization's apps; null where there is no such app.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<(Standing? Standing, App? App)> ReadAsync(
        UserId user,
        OrganizationId organization,
        AppId app,
        CancellationToken cancellationToken
    )
    {
        var items = await table.GetManyAsync(
            [
                Key.Member(organization, user),
                Key.Organization(organization),
                Key.App(organization, app),
            ],
            cancellationToken
        );
        return (
            await StandingAsync(items, cancellationToken),
            items[2] is { } item ? AppItems.Read(item) : null
        );
    }

    private async Task<Standing?> StandingAsync(
        IReadOnlyList<Item?> items,
        CancellationToken cancellationToken
    )
    {
        if (
            items[0] is not { } item
            || OrganizationDirectory.Read(items[1]) is not { } organization
        )
        {
            return null;
        }

        var member = MemberItems.Read(item);
        var memberOf = await groups.GetAsync(organization, member.Groups, cancellationToken);
        return new Standing(
            organization,
            member,
            AccessRules.RightsOf(organization, member, memberOf)
        );
    }
}
