using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Buttonize.Api.Hosting;
using Buttonize.Api.Sessions;
using Polly;
using Polly.Retry;

namespace Buttonize.Api.Aws;

/// <summary>AWS STS through its SDK: one client for the life of the process, bounded retries for what is worth one.</summary>
internal sealed partial class StsRoleAssumer(
    IAmazonSecurityTokenService sts,
    AwsRegion region,
    ButtonizeMetrics metrics,
    TimeProvider time,
    ILogger<StsRoleAssumer> logger
) : IRoleAssumer
{
    /// <summary>One attempt's share of the caller's 6 seconds.</summary>
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(2);

    private readonly ResiliencePipeline pipeline = Pipeline(time);

    /// <inheritdoc/>
    public async Task<AssumeRoleOutcome> AssumeAsync(
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
            var response = await CallAsync(
                "AssumeRole",
                token => sts.AssumeRoleAsync(request, token),
                cancellationToken
            );
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
                    new DateTimeOffset(
                        credentials.Expiration!.Value.ToUniversalTime(),
                        TimeSpan.Zero
                    )
                ),
                response.AssumedRoleUser.Arn,
                response.AssumedRoleUser.AssumedRoleId,
                response.SourceIdentity ?? command.Identity.SessionName,
                response.ResponseMetadata.RequestId,
                region.Name
            );
        }
        catch (Exception fault) when (StsErrors.Classify(fault) is { } refused)
        {
            LogRefused(
                logger,
                "AssumeRole",
                StsErrors.CodeOf(fault),
                (fault as AmazonServiceException)?.RequestId
            );
            return refused;
        }
    }

    /// <inheritdoc/>
    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken)
                .WaitAsync(cancellationToken);
            return null;
        }
        catch (Exception fault)
            when (fault is AmazonServiceException || StsErrors.Classify(fault) is not null)
        {
            return $"AWS STS did not serve the control plane ({StsErrors.CodeOf(fault)}).";
        }
    }

    private async Task<T> CallAsync<T>(
        string operation,
        Func<CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    ) =>
        await pipeline.ExecuteAsync(
            async outer =>
            {
                using var limit = new CancellationTokenSource(AttemptLimit, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(
                    outer,
                    limit.Token
                );
                var started = time.GetTimestamp();
                try
                {
                    // Resolving credentials does not always heed the token.
                    return await call(either.Token).WaitAsync(either.Token);
                }
                catch (Exception fault)
                {
                    metrics.StsFailed(StsErrors.CodeOf(fault));
                    throw;
                }
                finally
                {
                    metrics.StsCalled(operation, time.GetElapsedTime(started));
                }
            },
            cancellationToken
        );

    private static ResiliencePipeline Pipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = arguments =>
                        ValueTask.FromResult(
                            arguments.Outcome.Exception is { } fault
                                && StsErrors.IsWorthRetrying(fault)
                                && !arguments.Context.CancellationToken.IsCancellationRequested
                        ),
                    MaxRetryAttempts = 2,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = TimeSpan.FromMilliseconds(100),
                    UseJitter = true,
                }
            )
            .Build();

    [LoggerMessage(
        1301,
        LogLevel.Warning,
        "AWS STS {Operation} failed with {Code} (AWS request {AwsRequestId})"
    )]
    private static partial void LogRefused(
        ILogger logger,
        string operation,
        string code,
        string? awsRequestId
    );
}
