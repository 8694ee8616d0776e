using System.Collections.Concurrent;
using System.Diagnostics;
using Buttonize.Faults.Stage;
using Buttonize.Local.Aws;

namespace Buttonize.Faults.Load;

/// <summary>
/// Requests at a fixed rate, whatever becomes of them (an open loop): each to one control plane, in turns, and never repeated. They go
/// through all the organizations, their people and their apps.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly FaultStage stage;
    private readonly IReadOnlyList<Tenant> tenants;
    private readonly IReadOnlyList<ApiClient> apis;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<Answer> answers = new();
    private readonly ConcurrentQueue<Acknowledged> acknowledged = new();
    private readonly long ticksBetween;
    private readonly Task work;

    /// <summary>Starts it.</summary>
    /// <param name="stage">Where.</param>
    /// <param name="tenants">Whose people ask.</param>
    /// <param name="perSecond">How many sessions are asked for in a second.</param>
    /// <param name="registrations">Whether deployments register apps as well, one a second.</param>
    public SteadyLoad(
        FaultStage stage,
        IReadOnlyList<Tenant> tenants,
        double perSecond,
        bool registrations
    )
    {
        (this.stage, this.tenants) = (stage, tenants);
        PerSecond = perSecond;
        ticksBetween = (long)(Stopwatch.Frequency / perSecond);
        apis = [.. stage.Instances.Select(i => new ApiClient(i.Address))];
        work = Task.WhenAll(
            EveryAsync(ticksBetween, AskForSessionAsync),
            registrations ? EveryAsync(Stopwatch.Frequency, RegisterAsync) : Task.CompletedTask
        );
    }

    public double PerSecond { get; }

    /// <summary>The answers so far.</summary>
    public IReadOnlyList<Answer> Answers => [.. answers];

    /// <summary>The registrations that were acknowledged so far.</summary>
    public IReadOnlyList<Acknowledged> Acknowledged => [.. acknowledged];

    /// <summary>Sends nothing more, and waits for what is under way.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await work;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var api in apis)
        {
            api.Dispose();
        }

        stop.Dispose();
    }

    private async Task EveryAsync(long ticks, Func<int, long, Task> ask)
    {
        var underWay = new List<Task>();
        var started = Stopwatch.GetTimestamp();
        for (var number = 0; await IsDueAsync(started + (number * ticks)); number++)
        {
            underWay.RemoveAll(task => task.IsCompletedSuccessfully);
            underWay.Add(ask(number, started + (number * ticks)));
        }

        await Task.WhenAll(underWay);
    }

    /// <returns>False where the load has ended before.</returns>
    private async Task<bool> IsDueAsync(long due)
    {
        var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (early > TimeSpan.Zero)
        {
            await Task.Delay(early, stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !stop.IsCancellationRequested;
    }

    private async Task AskForSessionAsync(int number, long due)
    {
        // One turn of the instances for each organization, one of those for each of its people, and so on.
        var instance = number % apis.Count;
        var turn = number / apis.Count;
        var tenant = tenants[turn % tenants.Count];
        turn /= tenants.Count;
        var person = tenant.People[turn % tenant.People.Count];
        var app = tenant.Apps[turn / tenant.People.Count % tenant.Apps.Count];
        var reply = await TryAsync(api =>
            api.PostAsync(
                $"{tenant.Root}/apps/{app.AppId}/credentials",
                person.Token,
                body: null,
                CancellationToken.None
            )
        );
        answers.Enqueue(
            new Answer(Ask.Credentials, instance, tenant, due, Stopwatch.GetTimestamp(), reply)
            {
                Received = reply is { Status: 200, Body: { } body }
                    ? new Received(tenant, person, app, Keys(body))
                    : null,
            }
        );

        Task<Reply?> TryAsync(Func<ApiClient, Task<Reply>> call) =>
            AnswerAsync(call(apis[instance]));
    }

    private async Task RegisterAsync(int number, long due)
    {
        var instance = number % apis.Count;
        var tenant = tenants[number / apis.Count % tenants.Count];
        var api = apis[instance];
        var externalId = await AnswerAsync(
            api.PostAsync("/v1/external-ids", tenant.ApiKey, body: null, CancellationToken.None)
        );
        Keep(Ask.ExternalId, due, externalId);
        if (externalId is not { Status: 201 })
        {
            return;
        }

        var body = await Population.DeployAsync(
            stage,
            "discounts",
            $"arn:aws:iam::{tenant.AccountId}:role/registered-{number}",
            externalId["externalId"],
            CancellationToken.None
        );
        due = Stopwatch.GetTimestamp();
        var app = await AnswerAsync(
            api.PostAsync("/v1/apps", tenant.ApiKey, body, CancellationToken.None)
        );
        Keep(Ask.Registration, due, app);
        if (app is { Status: 201 })
        {
            acknowledged.Enqueue(new Acknowledged(tenant, app["appId"]));
        }

        void Keep(Ask ask, long since, Reply? reply) =>
            answers.Enqueue(
                new Answer(ask, instance, tenant, since, Stopwatch.GetTimestamp(), reply)
            );
    }

    private static async Task<Reply?> AnswerAsync(Task<Reply> call)
    {
        try
        {
            return await call;
        }
        catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private static AwsKeys Keys(System.Text.Json.Nodes.JsonObject body)
    {
        var credentials = body["credentials"]!;
        return new AwsKeys(
            (string)credentials["accessKeyId"]!,
            (string)credentials["secretAccessKey"]!,
            (string)credentials["sessionToken"]!
        );
    }
}
