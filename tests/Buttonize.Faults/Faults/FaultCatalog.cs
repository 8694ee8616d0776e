using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.Faults.Load;
using Buttonize.Faults.Stage;
using Buttonize.Local.Stack;

namespace Buttonize.Faults.Faults;

/// <summary>Everything that goes wrong on purpose.</summary>
internal static class FaultCatalog
{
    private const string StsUnavailable = "sts_unavailable";
    private const string StsThrottled = "sts_throttled";
    private const string StorageUnavailable = "storage_unavailable";

    /// <summary>Below and above the 2 s that one call of STS has.</summary>
    private const int SlowMilliseconds = 1000;
    private const int TooSlowMilliseconds = 3000;

    /// <summary>Twice the five minutes that a signature's time may be off.</summary>
    private static readonly TimeSpan Jump = TimeSpan.FromMinutes(10);

    private static readonly Setting WithFallback = new() { HasFallback = true };

    public static IReadOnlyList<Fault> All { get; } =
    [
        Killed,
        .. Storage(),
        .. SlowSts(),
        Throttled,
        HalfFailing,
        Cut("connections to STS cut", s => s.Sts, TcpFault.Reset, StsUnavailable),
        Clock("the clock of one instance jumps ahead by 10 min", Jump),
        Clock("the clock of one instance jumps back by 10 min", -Jump),
        .. WithAnotherRegion(),
    ];

    private static Fault Killed =>
        new()
        {
            Name = "an instance killed (kill -9), then started again",
            Begin = (stage, _) => stage.Instances[0].KillAsync(),
            End = (stage, token) => stage.Instances[0].StartAsync(token),
            Shows = (_, answers) => answers.Any(a => a.Reply is null),
            Gone = 0,
            LeastSuccess = 0.45,
        };

    private static Fault Throttled =>
        Sts(
            "STS throttles (400 Throttling)",
            () => AwsFault("error", "code", "Throttling"),
            StsThrottled
        );

    private static Fault HalfFailing =>
        EverySecondFails("half of STS's answers are 503") with
        {
            MostStsCalls = 1.2,
            LeastSuccess = 0.3,
        };

    private static IEnumerable<Fault> Storage() =>
        [
            new()
            {
                Name = "DynamoDB stopped (SIGSTOP)",
                Begin = (stage, _) => stage.DynamoDb.PauseAsync(),
                End = (stage, _) => stage.DynamoDb.ContinueAsync(),
                Shows = Answered(StorageUnavailable),
            },
            Cut(
                "connections to DynamoDB cut",
                s => s.DynamoDbWire,
                TcpFault.Reset,
                StorageUnavailable
            ),
            new()
            {
                Name = "the ledger's writes fail (500 to PutItem)",
                Begin = Do(s =>
                    s.DynamoDbWire.Http.Answer(call =>
                        call.Operation == "PutItem" ? ProxyAnswer.DynamoDbFailure : null
                    )
                ),
                End = Do(s => s.DynamoDbWire.Http.Answer(null)),
                Shows = Answered(StorageUnavailable),
            },
        ];

    private static IEnumerable<Fault> SlowSts() =>
        [
            Sts("STS slow (1 s)", () => AwsFault("latency", "milliseconds", SlowMilliseconds)) with
            {
                Shows = (_, answers) =>
                    answers.Any(a => a.Took.TotalMilliseconds >= SlowMilliseconds),
                LeastSuccess = 0.95,
            },
            Sts(
                "STS too slow (3 s; a call has 2 s)",
                () => AwsFault("latency", "milliseconds", TooSlowMilliseconds),
                StsUnavailable
            ),
        ];

    private static IEnumerable<Fault> WithAnotherRegion() =>
        [
            Cut(
                "STS of the own Region down, another to fall back to",
                s => s.Sts,
                TcpFault.Refused,
                StsUnavailable
            ) with
            {
                Setting = WithFallback,
                Shows = FellBack,
                LeastSuccess = 0.8,
            },
            EverySecondFails("half of STS's answers are 503, another Region") with
            {
                Setting = WithFallback,
                Shows = FellBack,
                MostStsCalls = 1.2,
                LeastSuccess = 0.7,
            },
            new()
            {
                Name = "STS of the own Region disabled, another Region",
                Setting = WithFallback,
                Begin = (stage, token) =>
                    stage.PutRegionAsync(LocalEnvironment.Region, enabled: false, token),
                End = (stage, token) =>
                    stage.PutRegionAsync(LocalEnvironment.Region, enabled: true, token),
                Shows = FellBack,
                LeastSuccess = 0.95,
            },
        ];

    private static Fault Clock(string name, TimeSpan ahead) =>
        new()
        {
            Name = name,
            Setting = new() { HasClock = true },
            // An instance that is ahead says of a pending app's next check when it is by its own clock.
            VerdictsCome = ahead < TimeSpan.Zero,
            Begin = Do(s => s.Clock!.Set(ahead)),
            End = Do(s => s.Clock!.Set(TimeSpan.Zero)),
            Shows = (_, answers) =>
                answers.Any(a =>
                    a.Reply?.ServerTime is { } time
                    && (time - TimeProvider.System.GetUtcNow()).Duration() > ahead.Duration() / 2
                ),
        };

    /// <summary>A fault of local AWS's own.</summary>
    private static Fault Sts(string name, Func<JsonObject> how, params string[] refusals) =>
        new()
        {
            Name = name,
            Begin = (stage, token) => stage.PutStsFaultAsync(how(), token),
            End = (stage, token) => stage.PutStsFaultAsync(null, token),
            Shows = Answered(refusals),
        };

    private static JsonObject AwsFault(string kind, string member, JsonNode value) =>
        new()
        {
            ["service"] = "sts",
            ["operation"] = "AssumeRole",
            ["kind"] = kind,
            [member] = value,
        };

    private static Fault EverySecondFails(string name)
    {
        var calls = 0;
        return new()
        {
            Name = name,
            Begin = Do(s =>
                s.Sts.Http.Answer(_ =>
                    Interlocked.Increment(ref calls) % 2 == 0 ? ProxyAnswer.StsFailure : null
                )
            ),
            End = Do(s => s.Sts.Http.Answer(null)),
            Shows = Answered(StsUnavailable),
        };
    }

    private static Fault Cut(
        string name,
        Func<FaultStage, Wire> wire,
        TcpFault fault,
        string refusal
    ) =>
        new()
        {
            Name = name,
            Begin = Do(s => wire(s).Fault = fault),
            End = Do(s => wire(s).Fault = TcpFault.None),
            Shows = Answered(refusal),
        };

    private static Func<FaultStage, CancellationToken, Task> Do(Action<FaultStage> what) =>
        (stage, _) =>
        {
            what(stage);
            return Task.CompletedTask;
        };

    private static Func<FaultStage, IReadOnlyList<Answer>, bool> Answered(
        params string[] refusals
    ) => (_, answers) => answers.Any(a => refusals.Contains(a.Name));

    private static bool FellBack(FaultStage stage, IReadOnlyList<Answer> answers) =>
        stage.FallbackSts!.Http.Calls.Any(call =>
            call is { Operation: "AssumeRole", IsProof: false }
        );
}
