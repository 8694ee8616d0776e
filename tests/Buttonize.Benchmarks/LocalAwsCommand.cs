using System.CommandLine;
using System.Text.Json;
using Buttonize.LocalAws;

namespace Buttonize.Benchmarks;

/// <summary>
/// Whether local AWS keeps up with the control plane: STS's quota is 600 requests per second for an account and Region
/// ("IAM and AWS STS quotas"), and the control plane stays below it with 500.
/// </summary>
internal static class LocalAwsCommand
{
    /// <summary>AssumeRole requests per second that have to fit (the control plane's own limit).</summary>
    public const int Rate = 500;

    private const int Users = 1000;

    /// <summary>Enough for every request of a second that a stalled server keeps waiting.</summary>
    private const int OpenLoopConnections = 64;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
    };

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long each of the four measurements takes.",
            DefaultValueFactory = _ => 20,
        };
        var connections = new Option<int>("--connections")
        {
            Description = "Connections of the closed loop.",
            DefaultValueFactory = _ => 16,
        };
        var json = new Option<FileInfo?>("--json") { Description = "Write the figures here too." };
        var command = new Command("local-aws", "AssumeRole in local AWS, on one core of its own.")
        {
            seconds,
            connections,
            json,
        };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                try
                {
                    var report = await MeasureAsync(
                        TimeSpan.FromSeconds(result.GetValue(seconds)),
                        result.GetValue(connections),
                        cancellationToken
                    );
                    Console.WriteLine(report.Table());
                    if (result.GetValue(json) is { } file)
                    {
                        await File.WriteAllTextAsync(
                            file.FullName,
                            JsonSerializer.Serialize(report, Json),
                            cancellationToken
                        );
                    }
                    return report.KeptTheRate ? 0 : 1;
                }
                catch (CannotMeasureException problem)
                {
                    await Console.Error.WriteLineAsync(problem.Message);
                    return 1;
                }
            }
        );
        return command;
    }

    private static async Task<LocalAwsReport> MeasureAsync(
        TimeSpan duration,
        int connections,
        CancellationToken cancellationToken
    )
    {
        RequireRelease();
        await Cores.PinGeneratorAsync(cancellationToken);
        var load = (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0];
        var localAws = Path.ChangeExtension(typeof(LocalAwsApplication).Assembly.Location, "dll");
        int bodyLength;
        (Measured AtTheRate, Measured Highest) assumeRole;
        await using (var server = await PinnedServer.StartAsync(localAws, [], cancellationToken))
        {
            await AssumeRoleStage.PutAsync(server.Address, cancellationToken);
            bodyLength = BodyLength(server.Address);
            assumeRole = Measure(server, "AssumeRole", connections, duration, cancellationToken);
        }
        await using var floor = await PinnedServer.StartAsync(
            typeof(FloorServer).Assembly.Location,
            [FloorServer.Name, "--bytes", $"{bodyLength}"],
            cancellationToken
        );
        var (floorAtTheRate, floorHighest) = Measure(
            floor,
            "floor",
            connections,
            duration,
            cancellationToken
        );
        return new(load, assumeRole.AtTheRate, assumeRole.Highest, floorAtTheRate, floorHighest);
    }

    private static (Measured AtTheRate, Measured Highest) Measure(
        PinnedServer server,
        string what,
        int connections,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        // Each signs anew, so that no signature gets too old however long a phase takes.
        LoadGenerator Fresh() =>
            new(server.Address, AssumeRoleStage.Requests(server.Address, Users), cancellationToken);
        Fresh().AsFastAsPossible(connections, WarmUp);
        var atTheRate = Measure(
            server,
            $"{what}, open loop at {Rate}/s",
            () => Fresh().AtRate(OpenLoopConnections, Rate, duration)
        );
        var highest = Measure(
            server,
            $"{what}, closed loop of {connections}",
            () => Fresh().AsFastAsPossible(connections, duration)
        );
        return (atTheRate, highest);
    }

    private static Measured Measure(PinnedServer server, string phase, Func<LoadResult> load)
    {
        var before = server.ProcessorTime;
        var result = load();
        var taken = server.ProcessorTime - before;
        return result.Refused == 0
            ? Measured.Of(phase, result, taken)
            : throw new CannotMeasureException(
                $"{phase}: {result.Refused} of {result.Count} requests were refused."
            );
    }

    /// <summary>The size of one answer.</summary>
    private static int BodyLength(Uri server)
    {
        using var connection = new LoadConnection(server);
        connection.Send(AssumeRoleStage.Requests(server, 1)[0], intendedAt: 0);
        LoadAnswer? answer;
        do
        {
            answer = connection.Receive();
        } while (answer is null);
        return answer.Value.Status == 200
            ? answer.Value.BodyLength
            : throw new CannotMeasureException(
                $"Local AWS refuses the AssumeRole request: {answer.Value.Status}."
            );
    }

    private static void RequireRelease()
    {
#if DEBUG
        throw new CannotMeasureException(
            "This is a Debug build, whose figures mean little: run with -c Release."
        );
#endif
    }
}
