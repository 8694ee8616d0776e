namespace Buttonize.Api.Limits;

/// <summary>A limit of <see cref="Hosting.ButtonizeOptions.LimitsOptions"/> that is reached.</summary>
/// <param name="Limit">Which, as the metric's label: <c>user</c>, <c>organization</c>, <c>process</c>, <c>sts</c>, <c>registrations</c>, <c>exports</c> or <c>organizations</c>.</param>
/// <param name="RetryAfter">After what time another try makes sense.</param>
internal sealed record LimitReached(string Limit, TimeSpan RetryAfter)
{
    /// <summary>What the caller may ask less of, in words.</summary>
    public string Words =>
        Limit switch
        {
            "user" => "You have got as many new sessions as one person may in a minute",
            "organization" =>
                "The organization has asked for as many AWS sessions as one may in a second",
            "process" => "The control plane asks as much of AWS STS as it may",
            "registrations" =>
                "The organization has registered, replaced or checked as many apps as one may in a minute",
            "exports" => "As many exports run for you as one person may have at once",
            _ => "You own as many organizations as one person may; delete one, or give one away",
        };
}
