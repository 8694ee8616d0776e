using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>
/// Whatever DynamoDB and STS do, every call is answered in time and says what to do, and all is well again without a restart.
/// </summary>
public sealed class FaultTests(Services services)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<TcpFault> Faults() =>
        [TcpFault.Refused, TcpFault.Silent, TcpFault.Slow, TcpFault.Reset];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Without_DynamoDB_every_call_is_503_in_time_and_recovers(TcpFault fault)
    {
        await using var wire = new TcpProxy(services.DynamoDb);
        await using var controlPlane = Start(wire);
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var calls = await EveryCall.OfAsync(controlPlane, table, Token);
        await calls.ShouldAllWorkAsync();

        wire.Fault = fault;
        var answers = await calls.AllAtOnceAsync();

        foreach (var (name, answer, took) in answers)
        {
            answer.Status.Should().Be(503, $"{name}: {answer.Text}");
            answer.IsProblem(503, "storage_unavailable");
            answer.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero, name);
            took.Should().BeLessThan(EveryCall.Promise, name);
        }

        var anonymous = controlPlane.Anonymous();
        (await anonymous.GetAnswerAsync("/health/live", Token)).Is(200);
        var ready = await Eventually.HoldsAsync(
            () => anonymous.GetAnswerAsync("/health/ready", Token),
            a => a.Status == 503,
            TimeSpan.FromSeconds(10),
            Token
        );
        ready.Json["dynamodb"]!["status"]!.GetValue<string>().Should().Be("unhealthy");
        ready.Json["sts"]!["status"]!.GetValue<string>().Should().Be("healthy");
        ready.ShowsNothingInternal();

        wire.Fault = TcpFault.None;
        await Eventually.HoldsAsync(
            () => anonymous.GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            Recovery,
            Token
        );
        await calls.ShouldAllWorkAsync();
    }

    /// <summary>
    /// After some fifty of them the AWS SDK repeats no attempt that timed out, and lets the time-out of its HTTP client through as it is.
    /// </summary>
    [Fact]
    public async Task However_long_DynamoDB_is_silent_every_call_is_503()
    {
        await using var wire = new TcpProxy(services.DynamoDb);
        await using var controlPlane = Start(wire);
        var person = controlPlane.SignedIn("patient");
        (await person.GetAnswerAsync("/v1/me", Token)).Is(200);

        wire.Fault = TcpFault.Silent;
        var answers = new List<ApiAnswer>();
        for (var round = 0; round < 3; round++)
        {
            answers.AddRange(
                await Task.WhenAll(
                    Enumerable.Range(0, 60).Select(_ => person.GetAnswerAsync("/v1/me", Token))
                )
            );
        }

        answers.Should().AllSatisfy(answer => answer.IsProblem(503, "storage_unavailable"));
    }

    [Fact]
    public async Task A_process_that_starts_while_DynamoDB_is_down_comes_up_and_recovers()
    {
        await using var wire = new TcpProxy(services.DynamoDb, TcpFault.Refused);
        await using var controlPlane = Start(wire);
        var anonymous = controlPlane.Anonymous();

        (await anonymous.GetAnswerAsync("/health/live", Token)).Is(200);
        (await anonymous.GetAnswerAsync("/health/ready", Token)).Is(503).ShowsNothingInternal();
        var person = controlPlane.SignedIn("early");
        (await person.GetAnswerAsync("/v1/me", Token)).IsProblem(503, "storage_unavailable");

        wire.Fault = TcpFault.None;
        await Eventually.HoldsAsync(
            () => anonymous.GetAnswerAsync("/health/ready", Token),
            a => a.Status == 200,
            Recovery,
            Token
        );
        (await person.GetAnswerAsync("/v1/me", Token)).Is(200);
    }

    [Fact]
    public async Task Many_probes_cost_a_few_calls()
    {
        await using var wire = new TcpProxy(services.DynamoDb);
        await using var controlPlane = Start(wire, ControlPlane.WithoutBackgroundWork);
        var before = wire.Requests;

        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ => controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token))
        );

        answers.Should().AllSatisfy(a => a.Is(200));
        answers[0].Json.Members().Should().Contain(["dynamodb", "sts"]);
        var windows = 1 + (int)(watch.Elapsed / TimeSpan.FromSeconds(4));
        (wire.Requests - before).Should().BeInRange(1, 2 * windows);
    }

    [Fact]
    public async Task A_probe_that_gives_up_does_not_make_the_next_one_fail()
    {
        await using var wire = new TcpProxy(services.DynamoDb);
        await using var controlPlane = Start(wire);
        wire.SlowBy = TimeSpan.FromSeconds(1);
        wire.Fault = TcpFault.Slow;
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        impatient.CancelAfter(TimeSpan.FromMilliseconds(300));

        var given = async () =>
            await controlPlane.Anonymous().GetAnswerAsync("/health/ready", impatient.Token);
        await given.Should().ThrowAsync<OperationCanceledException>();

        (await controlPlane.Anonymous().GetAnswerAsync("/health/ready", Token)).Is(200);
    }

    [Fact]
    public async Task A_body_that_never_ends_is_answered_in_time_and_is_the_callers_fault()
    {
        await using var controlPlane = ControlPlane.Start(services);
        var client = controlPlane.SignedIn("slow");
        var request =
            "POST /v1/organizations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + $"Authorization: {client.DefaultRequestHeaders.Authorization}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"name\":";

        var watch = Stopwatch.StartNew();
        var (status, text) = await RawHttp.SendAsync(
            controlPlane.Address,
            System.Text.Encoding.ASCII.GetBytes(request),
            Token
        );

        status.Should().Be(408);
        text.Should().Contain("\"code\":\"request_timeout\"");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(12));
    }

    [Fact]
    public async Task A_fault_of_the_control_plane_itself_is_a_problem_document_without_its_words()
    {
        await using var controlPlane = ControlPlane.Start(services);
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        var item = await table.AppAsync(app["appId"]!.GetValue<string>(), Token);
        item.Remove("region");
        await table.PutAsync(item, Token);

        foreach (var path in (string[])[$"/v1/apps/{app["appId"]}", "/v1/apps"])
        {
            var answer = await tenant.Deployment.GetAnswerAsync(path, Token);
            answer.IsProblem(500, "internal_error");
            answer.Text.Should().NotContain("region");
        }

        controlPlane.Watch.Log.Should().Contain(l => l.Contains("lacks the attribute 'region'"));
    }

    private ControlPlane Start(TcpProxy wire, Action<IServiceCollection>? configure = null) =>
        ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_DYNAMODB"] = wire.Address.ToString(),
            },
            configure
        );
}
