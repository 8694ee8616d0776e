using Amazon.Runtime;
using Amazon.SecurityToken;
using Buttonize.Api.Apps;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Sessions;

namespace Buttonize.Api.Aws;

/// <summary>One try at a role, to learn what its trust policy allows.</summary>
/// <param name="Role">The role.</param>
/// <param name="ExternalId">The External ID, or null to ask without one.</param>
/// <param name="Identity">Session name, source identity and tags.</param>
/// <param name="SessionPolicy">The app's session policy, or null.</param>
/// <param name="WithTags">Whether the tags are sent.</param>
/// <param name="WithSourceIdentity">Whether the source identity is sent.</param>
internal sealed record Probe(
    RoleArn Role,
    ExternalId? ExternalId,
    SessionIdentity Identity,
    string? SessionPolicy,
    bool WithTags = true,
    bool WithSourceIdentity = true
);

/// <summary>What STS said to a <see cref="Probe"/>. There is no session in it: what a probe opens is dropped where it is received.</summary>
internal abstract record ProbeAnswer
{
    /// <summary>The role can be assumed this way.</summary>
    /// <param name="PackedPolicyPercent">How much of STS's packed size the session took, where STS told.</param>
    public sealed record Assumed(int? PackedPolicyPercent) : ProbeAnswer;

    /// <summary><c>AccessDenied</c>, in AWS's own words.</summary>
    public sealed record Refused : ProbeAnswer;

    /// <summary>Anything else, which proves nothing.</summary>
    /// <param name="Code">STS's code, or what happened instead of an answer.</param>
    /// <param name="Why">The kind of fault; null where STS called the request itself wrong.</param>
    public sealed record NoAnswer(string Code, AssumeRoleRefusal? Why) : ProbeAnswer;
}

/// <summary>
/// Tries roles at AWS STS. Each client is new, with connections of its own: one that lives long has been seen to repeat a refusal for
/// longer than a fresh one does. No retries: what has no answer is tried again by the schedule.
/// </summary>
internal sealed class RoleProber(
    IServiceProvider services,
    StsRegions regions,
    StsBudget limits,
    ButtonizeMetrics metrics,
    TimeProvider time
)
{
    /// <summary>Apart from the issuing of sessions in the metrics: refusals are what probes are for.</summary>
    private const string Operation = "AssumeRoleProbe";

    /// <summary>
    /// The Regions to ask about a role of an account, in their order: without those that are left for the time being or have no STS for the
    /// account, as long as others are there.
    /// </summary>
    public IReadOnlyList<StsRegion> RegionsFor(string account)
    {
        StsRegion[] serving =
        [
            .. regions.All.Where(r => !r.IsOnTrial && !r.IsDisabledFor(account)),
        ];
        return serving.Length > 0 ? serving : regions.All;
    }

    /// <summary>A fresh client.</summary>
    public Client Connect(StsRegion region)
    {
        var config = AwsClients.ConfigureSts(services, region.Name);
        config.CacheHttpClient = false;
        return new Client(new AmazonSecurityTokenServiceClient(config), limits, metrics, time);
    }

    /// <summary>A client for a few probes.</summary>
    internal sealed class Client(
        AmazonSecurityTokenServiceClient sts,
        StsBudget limits,
        ButtonizeMetrics metrics,
        TimeProvider time
    ) : IDisposable
    {
        /// <summary>Tries once.</summary>
        /// <exception cref="OperationCanceledException">The caller has given up; a time-out of the call itself is an answer.</exception>
        public async Task<ProbeAnswer> TryAsync(Probe probe, CancellationToken cancellationToken)
        {
            var request = AssumeRoleRequests.Of(
                probe.Role,
                probe.ExternalId,
                probe.Identity,
                probe.SessionPolicy
            );
            request.SourceIdentity = probe.WithSourceIdentity ? request.SourceIdentity : null;
            request.Tags = probe.WithTags ? request.Tags : null;
            request.TransitiveTagKeys = probe.WithTags ? request.TransitiveTagKeys : null;
            await limits.WaitForProofAsync(cancellationToken);
            using var span = Tracing.StartCall("STS", "AssumeRole");
            var started = time.GetTimestamp();
            try
            {
                var response = await sts.AssumeRoleAsync(request, cancellationToken)
                    .WaitAsync(cancellationToken);
                limits.Note(throttled: false);
                return new ProbeAnswer.Assumed(AssumeRoleRequests.PackedPolicyPercent(response));
            }
            catch (Exception fault)
                when (fault is AmazonServiceException || StsErrors.Classify(fault) is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var why = StsErrors.Classify(fault)?.Why;
                if (why != AssumeRoleRefusal.Unavailable)
                {
                    limits.Note(throttled: why == AssumeRoleRefusal.Throttled);
                }

                if (why == AssumeRoleRefusal.RoleRefused)
                {
                    return new ProbeAnswer.Refused();
                }

                metrics.StsFailed(StsErrors.CodeOf(fault));
                return new ProbeAnswer.NoAnswer(StsErrors.CodeOf(fault), why);
            }
            finally
            {
                metrics.StsCalled(Operation, time.GetElapsedTime(started));
            }
        }

        /// <inheritdoc/>
        public void Dispose() => sts.Dispose();
    }
}
