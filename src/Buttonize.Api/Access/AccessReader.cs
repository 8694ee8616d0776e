using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>What a decision about a person and an organization is made from, in one consistent read.</summary>
internal sealed record OrganizationAccess(UserId User, Organization Organization);

/// <summary>What a decision about a person and an app is made from, in one consistent read.</summary>
internal sealed record AppAccess(OrganizationAccess In, App App);

/// <summary>
/// Reads everything that a decision needs in one consistent batch. Null means that the person is no member, or that the thing does
/// not exist: the same to whoever asks. A suspended member is refused here, by throwing, so that no endpoint can forget to.
/// </summary>
internal sealed class AccessReader(Table table)
{
    /// <summary>The person's standing in an organization.</summary>
    /// <exception cref="RefusedException">The person is a suspended member.</exception>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<OrganizationAccess?> ReadAsync(
        UserId user,
        OrganizationId organization,
        CancellationToken cancellationToken
    )
    {
        var items = await table.GetManyAsync(
            [Key.Member(organization, user), Key.Organization(organization)],
            cancellationToken
        );
        return Standing(user, items);
    }

    /// <summary>The person's standing in an organization, with one of its apps.</summary>
    /// <exception cref="RefusedException">The person is a suspended member.</exception>
    /// <exception cref="StorageUnavailableException"/>
    public async Task<AppAccess?> ReadAsync(
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
        return Standing(user, items) is { } standing && items[2] is { } item
            ? new AppAccess(standing, AppItems.Read(item))
            : null;
    }

    private static OrganizationAccess? Standing(UserId user, IReadOnlyList<Item?> items) =>
        items is not [{ } member, { } organization, ..] ? null
        : AppItems.ReadSuspension(member) is { } suspension
            ? throw new RefusedException(Problems.MemberSuspended(suspension.Reason))
        : new OrganizationAccess(user, OrganizationDirectory.Read(organization));
}
