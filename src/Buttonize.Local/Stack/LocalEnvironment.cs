using Buttonize.Local.Aws;
using Buttonize.Local.DynamoDb;
using Buttonize.Local.OpenId;
using Buttonize.Local.Processes;

namespace Buttonize.Local.Stack;

/// <summary>
/// Everything the product needs, running on this machine: DynamoDB Local, local AWS, an OpenID provider and the control
/// plane. The control plane is the deployed program itself, as a process of its own that gets nothing but its public
/// configuration.
/// </summary>
public sealed class LocalEnvironment : IAsyncDisposable
{
    /// <summary>The region that everything is in.</summary>
    public const string Region = "eu-central-1";

    /// <summary>The account that customers' trust policies name.</summary>
    public const string ControlPlaneAccountId = "081205402391";

    private readonly Stack<IAsyncDisposable> _running = new();
    private readonly TaskCompletionSource<string> _failed = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private LocalEnvironment(LocalEnvironmentOptions options)
    {
        ControlPlane = LoopbackAddress(options.ApiPort);
        LocalAws = LoopbackAddress(options.AwsPort);
        OpenId = LoopbackAddress(options.OpenIdPort);
    }

    /// <summary>Where the control plane answers.</summary>
    public Uri ControlPlane { get; }

    /// <summary>Where local AWS answers: STS, Lambda and its own <c>/_local</c>.</summary>
    public Uri LocalAws { get; }

    /// <summary>Where the OpenID provider answers.</summary>
    public Uri OpenId { get; }

    /// <summary>Where DynamoDB answers.</summary>
    public Uri DynamoDb { get; private set; } = null!;

    /// <summary>
    /// Completes when a part has ended by itself, with a line that names it and its last output. The rest keeps running
    /// until <see cref="DisposeAsync"/>.
    /// </summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>Starts everything, in order, each part ready before the next.</summary>
    /// <param name="options">The ports.</param>
    /// <param name="progress">Gets a line for each step.</param>
    /// <param name="cancellationToken">Gives up, and stops what was started.</param>
    /// <exception cref="StartFailedException">A port is taken, a prerequisite is missing, or a part did not start.</exception>
    public static async Task<LocalEnvironment> StartAsync(
        LocalEnvironmentOptions options,
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        RequirePorts(options);
        var environment = new LocalEnvironment(options);
        try
        {
            await environment.StartPartsAsync(options, progress, cancellationToken);
            return environment;
        }
        catch
        {
            await environment.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops everything, in the reverse order of the start.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private static void RequirePorts(LocalEnvironmentOptions options)
    {
        Require(options.AwsPort, "local AWS", "--aws-port");
        Require(options.OpenIdPort, "OpenID provider", "--openid-port");
        Require(options.ApiPort, "control plane", "--api-port");

        static void Require(int port, string neededBy, string option)
        {
            if (port != 0)
            {
                LocalPort.RequireFree(port, neededBy, option);
            }
        }
    }

    private async Task StartPartsAsync(
        LocalEnvironmentOptions options,
        Action<string>? progress,
        CancellationToken cancellationToken
    )
    {
        var scratch = Keep(new ScratchFolder());

        var dynamoDb = Keep(await DynamoDbLocal.StartAsync(progress, cancellationToken));
        DynamoDb = dynamoDb.Endpoint;
        Watch(dynamoDb.Ended, () => dynamoDb.Process?.DescribeExit() ?? "DynamoDB Local ended.");
        progress?.Invoke($"DynamoDB is ready: {DynamoDb}");

        await StartProgramAsync(
            PublicConfiguration.LocalAws(this),
            "_local/health",
            options,
            cancellationToken
        );
        var keys = AwsKeys.NewLongLived();
        using var localAws = new LocalAwsClient(LocalAws);
        await localAws.PutPrincipalAsync(
            keys,
            ControlPlaneAccountId,
            $"arn:aws:iam::{ControlPlaneAccountId}:user/buttonize-control-plane",
            cancellationToken
        );
        progress?.Invoke($"Local AWS is ready: {LocalAws}");

        Keep(await OpenIdProvider.StartAsync(OpenId.Port, cancellationToken));
        progress?.Invoke($"The OpenID provider is ready: {OpenId}");

        var settings = new Dictionary<string, string>(options.ControlPlaneSettings);
        if (dynamoDb.IsExternal)
        {
            // The encryption key of this run could not read what an earlier one left behind.
            settings.TryAdd("Buttonize__TableName", $"buttonize-{Guid.NewGuid():N}");
        }

        var controlPlane = PublicConfiguration.ControlPlane(this, keys, scratch.Path, settings);
        await StartProgramAsync(controlPlane, "health/ready", options, cancellationToken);
        progress?.Invoke($"The control plane is ready: {ControlPlane}");
        progress?.Invoke(
            PublicConfiguration.HasPage
                ? $"The page to see it work: {ControlPlane} (sign in as ada, password ada)"
                : "There is no page: this was built without npm (Node.js 20.19 or newer) on PATH."
        );
    }

    private async Task StartProgramAsync(
        ProgramStart start,
        string readyPath,
        LocalEnvironmentOptions options,
        CancellationToken cancellationToken
    )
    {
        var address = start.Name == PublicConfiguration.LocalAwsName ? LocalAws : ControlPlane;
        var child = Keep(
            ChildProcess.Start(start, line => options.OnOutput?.Invoke(start.Name, line))
        );
        await Readiness.WaitAsync(child, new Uri(address, readyPath), cancellationToken);
        Watch(child.Exited, child.DescribeExit);
    }

    /// <summary>Remembers a part, so that it is stopped.</summary>
    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _running.Push(part);
        return part;
    }

    private void Watch(Task ended, Func<string> describe) =>
        ended.ContinueWith(_ => _failed.TrySetResult(describe()), TaskScheduler.Default);

    private static Uri LoopbackAddress(int port) =>
        new($"http://localhost:{(port == 0 ? LocalPort.PickFree() : port)}");
}
