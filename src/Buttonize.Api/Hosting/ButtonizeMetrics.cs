using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Buttonize.Api.Limits;

namespace Buttonize.Api.Hosting;

/// <summary>
/// The product's own metrics, as verbs of the domain. No tenant, user or app is ever a label: they are unbounded, and none of the
/// metrics' readers' business.
/// </summary>
internal sealed class ButtonizeMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Buttonize";

    private readonly Meter meter;
    private readonly Counter<long> credentials;
    private readonly Histogram<double> stsDuration;
    private readonly Counter<long> stsErrors;
    private readonly Histogram<int> packedPolicySize;
    private readonly Counter<long> verifications;
    private readonly Counter<long> rateLimited;
    private readonly Histogram<double> storageDuration;
    private readonly Counter<long> storageErrors;
    private readonly Gauge<double> lastSuccess;
    private readonly ConcurrentDictionary<string, DateTimeOffset?> oldestDue = new(
        StringComparer.Ordinal
    );

    public ButtonizeMetrics(IMeterFactory factory, TimeProvider time)
    {
        meter = factory.Create(MeterName);
        credentials = meter.CreateCounter<long>(
            "buttonize.credentials",
            description: "Answers to the main call."
        );
        stsDuration = meter.CreateHistogram(
            "buttonize.sts.duration",
            "s",
            "Calls to AWS STS.",
            tags: null,
            new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
            }
        );
        stsErrors = meter.CreateCounter<long>(
            "buttonize.sts.errors",
            description: "Calls to AWS STS that failed."
        );
        packedPolicySize = meter.CreateHistogram(
            "buttonize.packed.policy.size.percent",
            unit: null,
            "How much of a session's packed size its tags and policy take.",
            tags: null,
            new InstrumentAdvice<int>
            {
                HistogramBucketBoundaries = [20, 30, 40, 50, 60, 70, 80, 90, 95, 100],
            }
        );
        verifications = meter.CreateCounter<long>(
            "buttonize.apps.verification",
            description: "Verdicts on the trust of a role."
        );
        rateLimited = meter.CreateCounter<long>(
            "buttonize.rate.limited",
            description: "Calls refused by a limit of the control plane's own."
        );
        storageDuration = meter.CreateHistogram(
            "buttonize.storage.duration",
            "s",
            "Calls to DynamoDB and KMS, with their retries.",
            tags: null,
            new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
            }
        );
        storageErrors = meter.CreateCounter<long>(
            "buttonize.storage.errors",
            description: "Calls to DynamoDB and KMS that failed."
        );
        lastSuccess = meter.CreateGauge<double>(
            "buttonize.background.last.success.timestamp",
            "s",
            "When work in the background last went through here."
        );
        meter.CreateObservableGauge(
            "buttonize.checks.oldest.due",
            () => OldestDue(time.GetUtcNow()),
            "s",
            "How long the oldest check that is due has waited; told by the instance that does the checks."
        );
    }

    /// <summary>The main call was answered: <c>issued</c>, or the refusal's code.</summary>
    public void CredentialsAnswered(string outcome) =>
        credentials.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>STS answered, or did not.</summary>
    public void StsCalled(string operation, TimeSpan duration) =>
        stsDuration.Record(
            duration.TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation)
        );

    /// <summary>STS refused or failed, by its error code.</summary>
    public void StsFailed(string code) =>
        stsErrors.Add(1, new KeyValuePair<string, object?>("code", code));

    /// <summary>STS said how much of the packed size a session takes.</summary>
    public void SessionPacked(int percent) => packedPolicySize.Record(percent);

    /// <summary>A role was checked: the status that follows.</summary>
    public void Verified(string status) =>
        verifications.Add(1, new KeyValuePair<string, object?>("status", status));

    /// <summary>A limit refused a call.</summary>
    public void RateLimited(LimitReached reached) =>
        rateLimited.Add(1, new KeyValuePair<string, object?>("limit", reached.Limit));

    /// <summary>DynamoDB or KMS answered, or did not.</summary>
    public void StorageCalled(string operation, TimeSpan duration) =>
        storageDuration.Record(
            duration.TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation)
        );

    /// <summary>DynamoDB or KMS failed, by its error code.</summary>
    public void StorageFailed(string operation, string code) =>
        storageErrors.Add(
            1,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("code", code)
        );

    /// <summary>Work in the background went through.</summary>
    public void WorkDone(string work, DateTimeOffset at) =>
        lastSuccess.Record(
            at.ToUnixTimeMilliseconds() / 1000.0,
            new KeyValuePair<string, object?>("work", work)
        );

    /// <summary>What a queue of checks was found to hold.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="oldest">Since when its oldest check is due; null where nothing is.</param>
    public void ChecksFound(string queue, DateTimeOffset? oldest) => oldestDue[queue] = oldest;

    /// <summary>This instance does not do the checks, and does not know how many wait.</summary>
    public void ChecksAreElsewhere() => oldestDue.Clear();

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<double>> OldestDue(DateTimeOffset now) =>
        oldestDue.Select(queue => new Measurement<double>(
            queue.Value is { } due ? Math.Max(0, (now - due).TotalSeconds) : 0,
            new KeyValuePair<string, object?>("queue", queue.Key)
        ));
}
