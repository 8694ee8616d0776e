using System.Collections.Concurrent;

namespace Buttonize.LocalAws.Sts;

/// <summary>Regions in which STS was switched off, for one account or for all; every other one is on.</summary>
internal sealed class Regions
{
    private const string AllAccounts = "";

    private readonly ConcurrentDictionary<(string Region, string Account), bool> enabled = new();

    /// <param name="accountId">Null: all accounts that have no setting of their own.</param>
    public void Set(string region, string? accountId, bool isEnabled) =>
        enabled[(region, accountId ?? AllAccounts)] = isEnabled;

    public bool IsEnabled(string region, string accountId)
    {
        if (enabled.TryGetValue((region, accountId), out var own))
        {
            return own;
        }
        return !enabled.TryGetValue((region, AllAccounts), out var all) || all;
    }
}
