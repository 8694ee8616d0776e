using System.Text.Json;
using System.Text.RegularExpressions;
using Buttonize.LocalAws.Lambda;
using Buttonize.LocalAws.SigV4;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws.Admin;

/// <summary>Reads <c>PUT /_local/faults</c>.</summary>
internal static partial class FaultParser
{
    private const int MaxMilliseconds = 10 * 60 * 1000;

    public static IReadOnlyList<Fault> Parse(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array
            ? [.. json.EnumerateArray().Select((item, index) => One(item, $"fault {index + 1}"))]
            : throw new DocumentRefusedException("The body must be a list of faults.");

    private static Fault One(JsonElement json, string where)
    {
        var members = new StrictObject(
            json,
            where,
            "service",
            "operation",
            "region",
            "kind",
            "code",
            "status",
            "milliseconds",
            "count"
        );
        var service = members.Text("service");
        var kind = members.Text("kind") switch
        {
            "error" => FaultKind.Error,
            "latency" => FaultKind.Latency,
            "drop" => FaultKind.Drop,
            _ => throw members.Refused("kind", "must be error, latency or drop"),
        };
        return new Fault(
            service,
            Operation(members, service),
            Region(members),
            kind,
            Error(members, kind, service),
            Delay(members, kind),
            members.OptionalNumber("count", 1, int.MaxValue)
        );
    }

    private static string? Operation(StrictObject members, string service)
    {
        string[] operations = service switch
        {
            StsFrontDoor.Service => [nameof(AssumeRole), nameof(GetCallerIdentity)],
            LambdaFrontDoor.Service => [LambdaFrontDoor.Operation],
            _ => throw members.Refused("service", "must be sts or lambda"),
        };
        var operation = members.OptionalText("operation");
        return operation is null || operations.Contains(operation)
            ? operation
            : throw members.Refused(
                "operation",
                $"must be one of {string.Join(", ", operations)} for {service}"
            );
    }

    private static string? Region(StrictObject members)
    {
        var region = members.OptionalText("region");
        return region is null || SignatureVerifier.RegionName().IsMatch(region)
            ? region
            : throw members.Refused("region", "is not the name of a Region");
    }

    private static TimeSpan Delay(StrictObject members, FaultKind kind)
    {
        var milliseconds = members.OptionalNumber("milliseconds", 0, MaxMilliseconds);
        if (milliseconds is null == (kind == FaultKind.Latency))
        {
            throw members.Refused("milliseconds", "belongs to latency, and to nothing else");
        }
        return TimeSpan.FromMilliseconds(milliseconds ?? 0);
    }

    private static AwsError? Error(StrictObject members, FaultKind kind, string service)
    {
        var code = members.OptionalText("code");
        // It goes into a header and into XML.
        if (code is not null && !Code().IsMatch(code))
        {
            throw members.Refused("code", "must be up to 128 letters, digits and dots");
        }
        var status = members.OptionalNumber("status", 400, 599);
        if (kind == FaultKind.Error)
        {
            return FaultErrors.Find(service, code ?? FaultErrors.DefaultCode(service), status);
        }
        return code is null && status is null
            ? null
            : throw members.Refused(
                code is null ? "status" : "code",
                "belongs to error, and to nothing else"
            );
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9.]{0,127}\z")]
    private static partial Regex Code();
}
