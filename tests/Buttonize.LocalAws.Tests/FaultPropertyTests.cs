using CsCheck;

namespace Buttonize.LocalAws.Tests;

/// <summary>Whatever the filters, counts and order: exactly the calls are struck that match, by the fault that is theirs.</summary>
public sealed class FaultPropertyTests
{
    private const int Teapot = 418;
    private static readonly string[] Regions = ["eu-central-1", "us-east-1"];
    private static readonly (string Service, string Operation)[] Operations =
    [
        ("sts", "AssumeRole"),
        ("sts", "GetCallerIdentity"),
        ("lambda", "Invoke"),
    ];

    [Fact]
    public async Task Exactly_the_calls_that_match_are_struck()
    {
        await using var aws = await LocalAws.StartAsync();
        await Gen.Select(Faults().Array[0, 5], Calls().Array[1, 10])
            .SampleAsync(
                async (faults, calls) =>
                {
                    var json = faults.Select((fault, index) => fault.ToJson(index));
                    await aws.PutAsync("faults", $"[{string.Join(',', json)}]");
                    var struck = new List<string?>();
                    foreach (var call in calls)
                    {
                        struck.Add(await StruckByAsync(aws, call));
                    }
                    struck.Should().Equal(Expected(faults, calls));
                },
                iter: 60,
                threads: 1
            );
    }

    /// <summary>From the description of faults alone: each call goes to the first that matches and is not used up.</summary>
    private static IEnumerable<string?> Expected(WantedFault[] faults, WantedCall[] calls)
    {
        var left = faults.Select(fault => fault.Count ?? int.MaxValue).ToArray();
        foreach (var call in calls)
        {
            var index = Array.FindIndex(
                [.. faults.Select((fault, i) => left[i] > 0 && fault.IsFor(call))],
                matches => matches
            );
            if (index >= 0)
            {
                left[index]--;
            }
            yield return index < 0 ? null : $"Fault{index}";
        }
    }

    private static async Task<string?> StruckByAsync(LocalAws aws, WantedCall call)
    {
        AwsRequest InRegion(AwsRequest request) => request with { Region = call.Region };
        var answer = call.Operation switch
        {
            "AssumeRole" => await aws.AssumeAsync(change: InRegion),
            "GetCallerIdentity" => await aws.WhoAmIAsync(change: InRegion),
            _ => await aws.InvokeAsync(LocalAws.Caller, change: InRegion),
        };
        return answer.Status == Teapot ? answer.Error.Split(' ')[1] : null;
    }

    private static Gen<WantedCall> Calls() =>
        Gen.Select(
            Gen.Int[0, Operations.Length - 1],
            Gen.Int[0, Regions.Length - 1],
            (operation, region) => new WantedCall(Operations[operation].Operation, Regions[region])
        );

    private static Gen<WantedFault> Faults() =>
        Gen.Select(
            Gen.Int[0, Operations.Length - 1],
            Gen.Bool,
            Gen.Int[0, Regions.Length],
            Gen.Int[0, 3],
            (operation, any, region, count) =>
                new WantedFault(
                    Operations[operation].Service,
                    any ? null : Operations[operation].Operation,
                    region == Regions.Length ? null : Regions[region],
                    count == 0 ? null : count
                )
        );

    private sealed record WantedCall(string Operation, string Region);

    private sealed record WantedFault(string Service, string? Operation, string? Region, int? Count)
    {
        public bool IsFor(WantedCall call) =>
            Operations.Contains((Service, call.Operation))
            && (Operation ?? call.Operation) == call.Operation
            && (Region ?? call.Region) == call.Region;

        public string ToJson(int index) =>
            System.Text.Json.JsonSerializer.Serialize(
                new
                {
                    service = Service,
                    operation = Operation,
                    region = Region,
                    kind = "error",
                    code = $"Fault{index}",
                    status = Teapot,
                    count = Count,
                }
            );
    }
}
