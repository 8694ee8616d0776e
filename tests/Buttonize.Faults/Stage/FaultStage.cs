using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Buttonize.Api.Tests.Fixtures;
using Buttonize.Local.Aws;
using Buttonize.Local.DynamoDb;
using Buttonize.Local.Processes;
using Buttonize.Local.Stack;

namespace Buttonize.Faults.Stage;

/// <summary>
/// Two control planes and what they run on, each a process of its own: DynamoDB Local and a local AWS behind wires that a fault can cut, and
/// an OpenID provider in this one.
/// </summary>
internal sealed class FaultStage : IAsyncDisposable
{
    private const int MostLines = 200;
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false });

    private readonly Stack<IAsyncDisposable> running = new();
    private readonly ConcurrentQueue<string> lines = new();
    private readonly AwsKeys keys = AwsKeys.NewLongLived();
    private readonly string table = $"faults-{Guid.NewGuid():N}";

    private FaultStage() { }

    /// <summary>The local AWS, as customers see it.</summary>
    public LocalAwsClient Aws { get; private set; } = null!;

    /// <summary>Where <see cref="Aws"/> is.</summary>
    public Uri AwsAddress { get; private set; } = null!;

    /// <summary>DynamoDB Local, which can be stopped for a while.</summary>
    public RunningProgram DynamoDb { get; private set; } = null!;

    /// <summary>The way to DynamoDB.</summary>
    public Wire DynamoDbWire { get; private set; } = null!;

    /// <summary>The way to STS in the control planes' own Region.</summary>
    public Wire Sts { get; private set; } = null!;

    /// <summary>The way to STS in the Region to fall back to, where the stage has one.</summary>
    public Wire? FallbackSts { get; private set; }

    /// <summary>The clock of the first control plane, where the stage has one.</summary>
    public Clock? Clock { get; private set; }

    /// <summary>The two control planes.</summary>
    public IReadOnlyList<Instance> Instances { get; private set; } = [];

    /// <summary>Signs tokens for whoever it is asked.</summary>
    public OpenIdProvider Provider { get; private set; } = null!;

    /// <summary>The organizations.</summary>
    public IReadOnlyList<Tenant> Tenants { get; private set; } = [];

    /// <summary>The last lines of the control planes that were warnings or worse.</summary>
    public IReadOnlyList<string> Complaints => [.. lines];

    /// <summary>Starts everything, and puts people, organizations, roles and apps there.</summary>
    /// <exception cref="StartFailedException">Something is missing on this machine, or did not start.</exception>
    public static async Task<FaultStage> StartAsync(
        Setting setting,
        CancellationToken cancellationToken
    )
    {
        var stage = new FaultStage();
        try
        {
            await stage.StartPartsAsync(setting, cancellationToken);
            stage.Tenants = await Population.PutAsync(stage, setting, cancellationToken);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>What STS does wrong from now on, as <c>PUT /_local/faults</c> takes it; null: nothing.</summary>
    public Task PutStsFaultAsync(JsonObject? fault, CancellationToken cancellationToken) =>
        PutAsync(
            "_local/faults",
            fault is null ? new JsonArray() : new JsonArray(fault),
            cancellationToken
        );

    /// <summary>Turns the STS of a Region on or off.</summary>
    public Task PutRegionAsync(string region, bool enabled, CancellationToken cancellationToken) =>
        PutAsync(
            $"_local/regions/{region}",
            new JsonObject { ["enabled"] = enabled },
            cancellationToken
        );

    /// <summary>Stops everything, in the reverse order of the start.</summary>
    public async ValueTask DisposeAsync()
    {
        while (running.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartPartsAsync(Setting setting, CancellationToken cancellationToken)
    {
        var scratch = Keep(new ScratchFolder());
        var dynamoDb = Keep(await DynamoDbJar.StartAsync(0, progress: null, cancellationToken));
        DynamoDb = new RunningProgram(dynamoDb.Process!);
        await StartAwsAsync(cancellationToken);
        var providers = Keep(new OpenIdProviders());
        await providers.StartAsync(cancellationToken);
        Provider = providers.Create();
        DynamoDbWire = Keep(await Wire.StartAsync(dynamoDb.Endpoint, cancellationToken));
        Sts = Keep(await Wire.StartAsync(AwsAddress, cancellationToken));
        FallbackSts = setting.HasFallback
            ? Keep(await Wire.StartAsync(AwsAddress, cancellationToken))
            : null;
        if (setting.HasClock)
        {
            Clock = new Clock(Path.Combine(scratch.Path, "clock"));
            Clock.Set(TimeSpan.Zero);
        }

        var configuration = Configuration(setting, scratch.Path);
        Instances = [Control(configuration, Clock), Control(configuration, clock: null)];
        // The first makes the table and the key file.
        foreach (var instance in Instances)
        {
            await instance.StartAsync(cancellationToken);
        }
    }

    private async Task StartAwsAsync(CancellationToken cancellationToken)
    {
        AwsAddress = Loopback();
        var aws = Keep(
            ChildProcess.Start(
                Dotnet(
                    "local AWS",
                    "Buttonize.LocalAws.dll",
                    new() { ["ASPNETCORE_URLS"] = Text(AwsAddress) }
                )
            )
        );
        await Readiness.WaitAsync(aws, new Uri(AwsAddress, "_local/health"), cancellationToken);
        Aws = new LocalAwsClient(AwsAddress);
        await Aws.PutPrincipalAsync(
            keys,
            LocalEnvironment.ControlPlaneAccountId,
            $"arn:aws:iam::{LocalEnvironment.ControlPlaneAccountId}:user/control-plane",
            cancellationToken
        );
    }

    private Dictionary<string, string> Configuration(Setting setting, string scratch)
    {
        var configuration = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["AWS_REGION"] = LocalEnvironment.Region,
            ["AWS_ACCESS_KEY_ID"] = keys.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = keys.SecretAccessKey,
            ["AWS_CONFIG_FILE"] = Path.Combine(scratch, "no-aws-config"),
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(scratch, "no-aws-credentials"),
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = Text(DynamoDbWire.Address),
            ["AWS_ENDPOINT_URL_STS"] = Text(Sts.Address),
            ["Authentication__Schemes__Bearer__Authority"] = Provider.Issuer,
            ["Authentication__Schemes__Bearer__ValidAudience"] = OpenIdProvider.Audience,
            ["Authentication__Schemes__Bearer__RequireHttpsMetadata"] = "false",
            ["Buttonize__AccountId"] = LocalEnvironment.ControlPlaneAccountId,
            ["Buttonize__TableName"] = table,
            ["Buttonize__Encryption__KeyFile"] = Path.Combine(scratch, "encryption.key"),
            // Every request is a session of its own: sessions that are handed out again would hide what a fault does.
            ["Buttonize__Sessions__ReuseWhileRemaining"] = "00:15:00",
            // A few people stand for many.
            ["Buttonize__Limits__CredentialsPerUserPerMinute"] = "100000",
        };
        if (FallbackSts is { } fallback)
        {
            var region = Setting.FallbackRegion.Replace('-', '_').ToUpperInvariant();
            configuration[$"AWS_ENDPOINT_URL_STS_{region}"] = Text(fallback.Address);
            configuration["Buttonize__Sts__FallbackRegions__0"] = Setting.FallbackRegion;
        }

        foreach (var (name, value) in setting.Configuration)
        {
            configuration[name] = value;
        }

        return configuration;
    }

    private Instance Control(IReadOnlyDictionary<string, string> configuration, Clock? clock)
    {
        var address = Loopback();
        var environment = new Dictionary<string, string>(configuration)
        {
            ["ASPNETCORE_URLS"] = Text(address),
            // The debugging sockets of what is killed would stay in the temp folder.
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        var start = Dotnet("control plane", "Buttonize.Api.dll", environment);
        return Keep(new Instance(clock?.Under(start) ?? start, address, KeepComplaint));
    }

    /// <summary>Compact JSON has a level only where it is another than information.</summary>
    private void KeepComplaint(string line)
    {
        if (!line.StartsWith('{') || line.Contains("\"@l\":", StringComparison.Ordinal))
        {
            lines.Enqueue(line);
            if (lines.Count > MostLines)
            {
                lines.TryDequeue(out _);
            }
        }
    }

    private async Task PutAsync(string path, JsonNode body, CancellationToken cancellationToken)
    {
        using var answer = await Http.PutAsJsonAsync(
            new Uri(AwsAddress, path),
            body,
            cancellationToken
        );
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"local AWS refuses {path}: {await answer.Content.ReadAsStringAsync(cancellationToken)}"
            );
        }
    }

    private static ProgramStart Dotnet(
        string name,
        string assembly,
        Dictionary<string, string> environment
    ) =>
        new(name, ProgramPath.DotnetHost(), [Path.Combine(AppContext.BaseDirectory, assembly)])
        {
            Environment = environment,
        };

    private static Uri Loopback() => new($"http://127.0.0.1:{LocalPort.PickFree()}");

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    /// <summary>Remembers a part, so that it is stopped.</summary>
    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        running.Push(part);
        return part;
    }
}
