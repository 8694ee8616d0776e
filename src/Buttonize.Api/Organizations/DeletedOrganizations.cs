using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Organizations;

/// <summary>
/// Sweeps away what belongs to organizations that are marked as deleted: members, groups, invitations, API keys. What
/// stays are the claims on External IDs, keyed hashes without any name, so that none of them can ever serve another organization.
/// </summary>
internal sealed partial class DeletedOrganizations(
    Table table,
    DataKeys keys,
    ILogger<DeletedOrganizations> logger
)
{
    /// <summary>Each item can have another side elsewhere; DynamoDB API reference, TransactWriteItems: at most 100 items.</summary>
    private const int AtOnce = 50;

    /// <summary>Sweeps every organization that is marked.</summary>
    /// <exception cref="StorageUnavailableException"/>
    public async Task SweepAllAsync(CancellationToken cancellationToken)
    {
        var (marked, _) = await table.QueryAsync(
            Key.DeletedOrganizationsPartition,
            sortPrefix: null,
            afterSort: null,
            AtOnce,
            cancellationToken
        );
        foreach (var mark in marked)
        {
            await SweepAsync(
                OrganizationId.Parse(mark.String("organizationId")),
                cancellationToken
            );
        }
    }

    /// <summary>Deletes everything of an organization; itself, with the mark, last.</summary>
    private async Task SweepAsync(OrganizationId organization, CancellationToken cancellationToken)
    {
        var ring = await keys.GetAsync(cancellationToken);
        string? after = null;
        bool more;
        do
        {
            (var items, more) = await table.QueryAsync(
                Key.OrganizationPartition(organization),
                sortPrefix: null,
                after,
                AtOnce,
                cancellationToken
            );
            Write[] writes =
            [
                .. items
                    .Where(item => item.Sort != Key.Organization(organization).Sort)
                    .SelectMany(item => Delete(organization, item, ring)),
            ];
            if (writes.Length > 0)
            {
                await table.WriteAsync(writes, cancellationToken);
            }

            after = items.Count > 0 ? items[^1].Sort : after;
        } while (more);

        await table.WriteAsync(
            [
                Write.Delete(Key.Organization(organization)),
                Write.Delete(Key.DeletedOrganization(organization)),
            ],
            cancellationToken
        );
        LogSwept(logger, organization.Value);
    }

    /// <summary>The item, and its other side.</summary>
    private static IEnumerable<Write> Delete(OrganizationId organization, Item item, KeyRing ring)
    {
        yield return Write.Delete(new Key(item.String("pk"), item.Sort));
        if (item.Sort.StartsWith(Key.MemberPrefix, StringComparison.Ordinal))
        {
            yield return Write.Delete(
                Key.Membership(UserId.Parse(item.String("userId")), organization)
            );
        }
        else if (item.Sort.StartsWith(Key.ApiKeyPrefix, StringComparison.Ordinal))
        {
            yield return Write.Delete(Key.ApiKeySecret(item.String("hash")));
        }
        else if (item.Sort.StartsWith(Key.InvitationPrefix, StringComparison.Ordinal))
        {
            yield return Invitations.DeleteInvited(ring, item);
        }
    }

    [LoggerMessage(
        1601,
        LogLevel.Information,
        "Organization {OrganizationId} was deleted; everything of it is swept away"
    )]
    private static partial void LogSwept(ILogger logger, string organizationId);
}
