using System.Globalization;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Audit;

/// <summary>
/// An entry as it is stored: one item, which nobody else's writes touch. Its key holds its time and its id, so neither is stored twice:
/// an entry of ordinary values stays within one write unit (1 KB) in the table and in each of the two indexes.
/// </summary>
internal static class IssuanceItems
{
    private const char Separator = '#';

    /// <summary>The item of an entry.</summary>
    public static Item ToItem(Issuance entry, DateTimeOffset expiresAt)
    {
        var key = Key.Issuance(entry.Organization, entry.IssuedAt, entry.Id);
        return new Item(key)
            .Set("userId", entry.User.Value)
            .Set(
                TableDefinition.IssuancesByPerson.SortAttribute,
                $"{entry.Organization}{Separator}{key.Sort}"
            )
            .Set(
                TableDefinition.IssuancesByApp.PartitionAttribute,
                AppPartition(entry.Organization, entry.App)
            )
            .Set("userName", entry.UserName)
            .Set("appId", entry.App.Value)
            .Set("roleArn", entry.ExecutionRoleArn)
            .Set("accessKeyId", entry.AccessKeyId)
            .Set("assumedRoleArn", entry.AssumedRoleArn)
            .Set("assumedRoleId", entry.AssumedRoleId)
            .Set("sourceIdentity", entry.SourceIdentity)
            .Set("expiration", entry.Expiration)
            .Set("stsRequestId", entry.StsRequestId)
            .Set("region", entry.Region)
            .Set("stsRegion", entry.StsRegion)
            .Set("local", entry.LocalDevelopment)
            .Set("sourceIp", entry.Client.SourceIp)
            .Set("userAgent", entry.Client.UserAgent)
            .Expires(expiresAt);
    }

    /// <summary>The entry of an item.</summary>
    public static Issuance Read(Item item)
    {
        var sort = item.Sort;
        var at = sort.IndexOf(Separator, StringComparison.Ordinal);
        return new Issuance(
            IssuanceId.Parse(sort[(at + 1)..]),
            Key.ToLedger(item.String("pk")),
            DateTimeOffset.Parse(
                sort.AsSpan(0, at),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal
            ),
            UserId.Parse(item.String("userId")),
            item.String("userName"),
            AppId.Parse(item.String("appId")),
            item.String("roleArn"),
            item.String("accessKeyId"),
            item.String("assumedRoleArn"),
            item.String("assumedRoleId"),
            item.String("sourceIdentity"),
            item.Time("expiration"),
            item.OptionalString("stsRequestId"),
            item.String("region"),
            item.String("stsRegion"),
            item.Flag("local"),
            new ClientDetails(item.OptionalString("sourceIp"), item.OptionalString("userAgent"))
        );
    }

    /// <summary>
    /// The list of what is meant, newest first: of the organization, of a person or of an app in it. The organization is part of the key that is
    /// read, whichever of the three it is.
    /// </summary>
    public static Query ToQuery(IssuanceFilter filter, DateTimeOffset now)
    {
        var organization = filter.Organization;
        var query = (filter.User, filter.App) switch
        {
            ({ } user, _) => new Query(user.Value)
            {
                Index = TableDefinition.IssuancesByPerson,
                Between = Range(filter, $"{organization}{Separator}"),
                Filter = filter.App is { } app
                    ? new Expression("#appId = :appId", (":appId", app.Value))
                    : null,
            },
            (null, { } app) => new Query(AppPartition(organization, app))
            {
                Index = TableDefinition.IssuancesByApp,
                Between = Range(filter, ""),
            },
            _ => new Query(Key.LedgerPartition(organization)) { Between = Range(filter, "") },
        };
        return query with { Descending = true, LiveAt = now };
    }

    /// <summary>Everything of a person, of whatever organization, expired or not.</summary>
    public static Query AllOf(UserId user) =>
        new(user.Value) { Index = TableDefinition.IssuancesByPerson };

    /// <summary>
    /// Every sort key is longer than the time that it begins with, and so comes after it: both ends include what they are equal to, and the
    /// last one never is.
    /// </summary>
    private static (string First, string Last) Range(IssuanceFilter filter, string prefix) =>
        (
            prefix + Item.Format(RoundUp(filter.From ?? DateTimeOffset.MinValue)),
            prefix + Item.Format(RoundUp(filter.To ?? DateTimeOffset.MaxValue))
        );

    /// <summary>Times are stored to the millisecond: the first one that is not before this.</summary>
    private static DateTimeOffset RoundUp(DateTimeOffset time)
    {
        var beyond = time.UtcTicks % TimeSpan.TicksPerMillisecond;
        return
            beyond == 0
            || time.UtcTicks > DateTimeOffset.MaxValue.UtcTicks - TimeSpan.TicksPerMillisecond
            ? time
            : time.AddTicks(TimeSpan.TicksPerMillisecond - beyond);
    }

    private static string AppPartition(OrganizationId organization, AppId app) =>
        $"{organization}{Separator}{app}";
}
