using System.Diagnostics;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.SecurityToken.Model;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Sessions;
using Polly.CircuitBreaker;

namespace Buttonize.Api.Aws;

/// <summary>
/// AWS STS through its SDK: within the limits, in the first Region that serves, and with few further calls for what is worth one. Throttling
/// is worth another try in the same Region, for the quota is the account's; a Region that fails or does not answer is worth the next one.
/// </summary>
internal sealed partial class StsRoleAssumer(
    StsRegions regions,
    StsBudget limits,
    ButtonizeMetrics metrics,
    TimeProvider time,
    ILogger<StsRoleAssumer> logger
) : IRoleAssumer
{
    /// <summary>Calls for one request at most, whatever the budget has.</summary>
    private const int MostCalls = 3;

    /// <summary>One attempt's share of the caller's 6 seconds.</summary>
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(2);

    /// <summary>A little less than a probe of readiness has.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(1.9);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly RetryBudget budget = new();

    /// <inheritdoc/>
    public async Task<AssumeRoleOutcome> AssumeAsync(
        AssumeRoleCommand command,
        CancellationToken cancellationToken
    )
    {
        if (limits.TryIssue(command.User, command.Organization) is { } reached)
        {
            return new AssumeRoleOutcome.Refused(
                reached.Limit == StsBudget.Learned
                    ? AssumeRoleRefusal.Throttled
                    : AssumeRoleRefusal.RateLimited,
                Limit: reached
            );
        }

        budget.Deposit();
        var route = new StsRoute(regions.All, command.Role.AccountId);
        AssumeRoleOutcome.Refused? last = null;
        var isPaid = true;
        for (var calls = 0; calls < MostCalls && route.Next() is { } region; )
        {
            // Before it is paid for: whoever hangs up takes nothing of what others could repeat.
            if (
                cancellationToken.IsCancellationRequested
                || (!isPaid && !MayCallAgain(route, command.Organization))
            )
            {
                break;
            }

            isPaid = true;
            await PauseAsync(route, calls, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            var outcome = await TryAsync(region, command, cancellationToken);
            switch (outcome)
            {
                case null:
                    route.Left(region);
                    continue;
                case AssumeRoleOutcome.Refused { Why: var why } refused:
                    (last, calls, isPaid) = (refused, calls + 1, false);
                    if (!route.GoesOnAfter(region, why))
                    {
                        return refused;
                    }

                    break;
                default:
                    return outcome;
            }
        }

        return last ?? new AssumeRoleOutcome.Refused(AssumeRoleRefusal.Unavailable);
    }

    /// <inheritdoc/>
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        string? first = null;
        foreach (var region in regions.All)
        {
            // A Region that hangs must leave time for the next one.
            using var limit = new CancellationTokenSource(ProbeLimit / regions.All.Count, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(
                cancellationToken,
                limit.Token
            );
            try
            {
                await region
                    .Client.GetCallerIdentityAsync(new GetCallerIdentityRequest(), either.Token)
                    .WaitAsync(either.Token);
                return null;
            }
            catch (Exception fault)
                when (fault is AmazonServiceException || StsErrors.Classify(fault) is not null)
            {
                first ??= $"AWS STS did not serve the control plane ({StsErrors.CodeOf(fault)}).";
            }
        }

        return first;
    }

    /// <summary>A trial, or an account without STS in a Region, costs no budget: both are remembered, so that they are seldom.</summary>
    private bool MayCallAgain(StsRoute route, OrganizationId organization)
    {
        if (!route.IsFree && !budget.TryWithdraw())
        {
            return false;
        }

        if (limits.TryAgain(organization) is null)
        {
            return true;
        }

        if (!route.IsFree)
        {
            budget.Return();
        }

        return false;
    }

    /// <returns>What STS answered; null where the Region is left for the time being, and was not asked.</returns>
    private async Task<AssumeRoleOutcome?> TryAsync(
        StsRegion region,
        AssumeRoleCommand command,
        CancellationToken cancellationToken
    )
    {
        var request = AssumeRoleRequests.Of(
            command.Role,
            command.ExternalId,
            command.Identity,
            command.SessionPolicy
        );
        try
        {
            // The call goes on to its own end where the caller leaves: whether the Region answers is to be known of every call, and what is
            // cut off would count as an answer.
            var response = await region
                .CallAsync(token => CallAsync(region, request, token), CancellationToken.None)
                .AsTask()
                .WaitAsync(cancellationToken);
            limits.Note(throttled: false);
            return Assumed(response, command, region);
        }
        catch (BrokenCircuitException)
        {
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody waits for it any more: that is no fault of STS.
            return new AssumeRoleOutcome.Refused(AssumeRoleRefusal.Unavailable);
        }
        catch (Exception fault) when (StsErrors.Classify(fault) is { } refused)
        {
            LogRefused(
                logger,
                "AssumeRole",
                region.Name,
                StsErrors.CodeOf(fault),
                (fault as AmazonServiceException)?.RequestId
            );
            if (refused.Why != AssumeRoleRefusal.Unavailable)
            {
                limits.Note(throttled: refused.Why == AssumeRoleRefusal.Throttled);
            }

            return refused;
        }
    }

    private AssumeRoleOutcome.Assumed Assumed(
        AssumeRoleResponse response,
        AssumeRoleCommand command,
        StsRegion region
    )
    {
        if (AssumeRoleRequests.PackedPolicyPercent(response) is { } percent)
        {
            metrics.SessionPacked(percent);
        }

        var credentials = response.Credentials;
        return new AssumeRoleOutcome.Assumed(
            new SessionCredentials(
                credentials.AccessKeyId,
                credentials.SecretAccessKey,
                credentials.SessionToken,
                new DateTimeOffset(credentials.Expiration!.Value.ToUniversalTime(), TimeSpan.Zero)
            ),
            response.AssumedRoleUser.Arn,
            response.AssumedRoleUser.AssumedRoleId,
            response.SourceIdentity ?? command.Identity.SessionName,
            response.ResponseMetadata.RequestId,
            region.Name
        );
    }

    private async ValueTask<AssumeRoleResponse> CallAsync(
        StsRegion region,
        AssumeRoleRequest request,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(AttemptLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            limit.Token
        );
        using var span = Tracing.StartCall("STS", "AssumeRole")?.SetTag("aws.region", region.Name);
        var started = time.GetTimestamp();
        try
        {
            // Resolving credentials does not always heed the token.
            var response = await region
                .Client.AssumeRoleAsync(request, either.Token)
                .WaitAsync(either.Token);
            span?.SetTag("aws.request_id", response.ResponseMetadata.RequestId);
            return response;
        }
        catch (Exception fault)
        {
            metrics.StsFailed(StsErrors.CodeOf(fault));
            span?.SetTag("aws.request_id", (fault as AmazonServiceException)?.RequestId)
                .SetStatus(ActivityStatusCode.Error, StsErrors.CodeOf(fault));
            throw;
        }
        finally
        {
            metrics.StsCalled("AssumeRole", time.GetElapsedTime(started));
        }
    }

    /// <summary>Before another call in the same Region, with jitter; another Region is asked at once.</summary>
    private async Task PauseAsync(StsRoute route, int calls, CancellationToken cancellationToken)
    {
        if (calls == 0 || !route.IsSameRegion)
        {
            return;
        }

        try
        {
            await Task.Delay(
                FirstPause * (calls * RandomNumberGenerator.GetInt32(50, 150) / 100.0),
                time,
                cancellationToken
            );
        }
        catch (OperationCanceledException)
        {
            // The caller's time is up; what STS said so far is the answer.
        }
    }

    [LoggerMessage(
        1301,
        LogLevel.Warning,
        "AWS STS {Operation} in {Region} failed with {Code} (AWS request {AwsRequestId})"
    )]
    private static partial void LogRefused(
        ILogger logger,
        string operation,
        string region,
        string code,
        string? awsRequestId
    );
}
