namespace Buttonize.Api.Aws;

/// <summary>
/// What may be asked of STS beyond one call for each request: a tenth of the requests, and three at once. Whatever fails, and however long,
/// STS sees little more than one call a request; retries without a budget would multiply the load of an STS that is failing under load.
/// </summary>
internal sealed class RetryBudget
{
    private const double PerRequest = 0.1;
    private const double Most = 3;

    private readonly Lock gate = new();
    private double left = Most;

    /// <summary>A request begins: it adds to what may be repeated.</summary>
    public void Deposit()
    {
        lock (gate)
        {
            left = Math.Min(Most, left + PerRequest);
        }
    }

    /// <summary>Gives back what was taken for a call that is not made.</summary>
    public void Return()
    {
        lock (gate)
        {
            left = Math.Min(Most, left + 1);
        }
    }

    /// <summary>Takes one further call, if there is one left.</summary>
    public bool TryWithdraw()
    {
        lock (gate)
        {
            if (left < 1)
            {
                return false;
            }

            left--;
            return true;
        }
    }
}
