namespace Buttonize.Api.Aws;

/// <summary>Which Region one request asks next.</summary>
/// <param name="regions">All of them, in their order.</param>
/// <param name="account">The account whose role is assumed.</param>
internal sealed class StsRoute(IReadOnlyList<StsRegion> regions, string account)
{
    /// <summary>Those that may still serve, the next one first. Where STS is known to be off for the account in all, they are asked all the same.</summary>
    private readonly List<StsRegion> left = regions.Any(r => !r.IsDisabledFor(account))
        ? [.. regions.Where(r => !r.IsDisabledFor(account))]
        : [.. regions];

    private StsRegion? asked;
    private bool wasOnTrial;

    /// <summary>Whether the next call costs nothing of the budget.</summary>
    public bool IsFree { get; private set; }

    /// <summary>Whether the next call goes where the last one went.</summary>
    public bool IsSameRegion => left.Count > 0 && left[0] == asked;

    /// <summary>The Region to ask now; null where none is left.</summary>
    public StsRegion? Next()
    {
        if (left.Count == 0)
        {
            return null;
        }

        wasOnTrial = left[0].IsOnTrial;
        return left[0];
    }

    /// <summary>The Region's circuit is open: it was not asked.</summary>
    public void Left(StsRegion region) => left.Remove(region);

    /// <summary>What a refusal means for the way on.</summary>
    /// <returns>Whether another call makes sense.</returns>
    public bool GoesOnAfter(StsRegion region, AssumeRoleRefusal why)
    {
        asked = region;
        IsFree = wasOnTrial;
        switch (why)
        {
            case AssumeRoleRefusal.Throttled:
                return true;
            case AssumeRoleRefusal.Unavailable when left.Count > 1:
                left.Remove(region);
                return true;
            case AssumeRoleRefusal.Unavailable:
                return true;
            case AssumeRoleRefusal.RegionDisabled:
                IsFree = region.Disabled(account);
                left.Remove(region);
                return left.Count > 0;
            default:
                return false;
        }
    }
}
