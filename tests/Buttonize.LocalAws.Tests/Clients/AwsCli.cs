using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Buttonize.LocalAws.Tests.Clients;

/// <summary>
/// The AWS CLI, version 1 or 2, as it is installed. Each call is a process of its own, so it is made to do less; it tells
/// neither the status nor the number of attempts.
/// </summary>
internal sealed partial class AwsCli : IClient
{
    public static IReadOnlyList<ClientCase> Tried { get; } =
    [
        .. new[]
        {
            ClientCases.Session,
            ClientCases.WhoAmI,
            ClientCases.WrongExternalId,
            ClientCases.NoTagSession,
            ClientCases.RegionOff,
            ClientCases.UnknownKey,
            ClientCases.SessionOver,
            ClientCases.MalformedPolicy,
            ClientCases.Throttled,
            ClientCases.Invoke,
            ClientCases.FunctionError,
            ClientCases.Event,
            ClientCases.DryRun,
            ClientCases.NoFunction,
            ClientCases.MayNotInvoke,
            ClientCases.InvokeOver,
        }.Select(ClientCases.Of),
    ];

    public IReadOnlyList<ClientCase> Cases => Tried;

    public Task<string?> MissingAsync(CancellationToken cancellationToken) =>
        Task.FromResult(ForeignProgram.Find("aws") is null ? "There is no aws on the PATH." : null);

    public async Task<IReadOnlyList<ClientAnswer>> RunAsync(
        ClientStage stage,
        IReadOnlyList<ClientCall> calls,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("localaws-");
        try
        {
            var keys = new Dictionary<string, Credentials>(stage.Keys);
            var answers = new List<ClientAnswer>();
            foreach (var call in calls)
            {
                var payload = Path.Combine(folder.FullName, $"{answers.Count}.out");
                var arguments = await ArgumentsAsync(stage, call, payload, cancellationToken);
                var run = await ForeignProgram.RunAsync(
                    "aws",
                    arguments,
                    credentials: keys[call.Key],
                    cancellationToken: cancellationToken
                );
                answers.Add(await AnswerAsync(call, run, payload, keys, cancellationToken));
            }
            return answers;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IEnumerable<string>> ArgumentsAsync(
        ClientStage stage,
        ClientCall call,
        string payload,
        CancellationToken cancellationToken
    )
    {
        string[] general =
        [
            "--endpoint-url",
            stage.Aws.Address.ToString(),
            "--region",
            call.Region,
            call.Service,
            Kebab(call.Operation),
        ];
        var input = call
            .Input.Where(member => member.Key != "Payload")
            .SelectMany(member => new[] { "--" + Kebab(member.Key), member.Value!.ToString() });
        if (call.Service != "lambda")
        {
            return [.. general, .. input];
        }
        // Versions 1 and 2 read a payload on the command line differently; they agree about files.
        var sent = payload + ".in";
        await File.WriteAllTextAsync(sent, (string?)call.Input["Payload"] ?? "", cancellationToken);
        return [.. general, .. input, "--payload", $"fileb://{sent}", payload];
    }

    private static async Task<ClientAnswer> AnswerAsync(
        ClientCall call,
        ForeignProgram.Run run,
        string payload,
        Dictionary<string, Credentials> keys,
        CancellationToken cancellationToken
    )
    {
        if (run.ExitCode != 0)
        {
            var error = ErrorLine().Match(run.Error);
            return error.Success
                ? new(call.Name, Code: error.Groups["code"].Value)
                {
                    Type = error.Groups["operation"].Value,
                    Message = error.Groups["message"].Value,
                }
                : new(call.Name, Type: "not an error of AWS", Message: run.Error);
        }
        var result = JsonNode.Parse(run.Output)!.AsObject();
        if (result["Credentials"] is { } issued)
        {
            keys[call.Name] = new(
                (string)issued["AccessKeyId"]!,
                (string)issued["SecretAccessKey"]!,
                (string)issued["SessionToken"]!
            );
            result.Remove("Credentials");
        }
        if (File.Exists(payload))
        {
            result["Payload"] = await File.ReadAllTextAsync(payload, cancellationToken);
        }
        return new(call.Name, Result: result);
    }

    private static string Kebab(string operation) =>
        WordStart().Replace(operation, "-").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();

    [GeneratedRegex(
        @"An error occurred \((?<code>[^)]+)\) when calling the (?<operation>\w+) operation[^:]*: (?<message>.*)",
        RegexOptions.Singleline
    )]
    private static partial Regex ErrorLine();
}
