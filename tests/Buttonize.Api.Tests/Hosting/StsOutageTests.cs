namespace Buttonize.Api.Tests.Hosting;

/// <summary>Whatever STS does, only sessions suffer, and they are back without a restart.</summary>
public sealed class StsOutageTests(Services services)
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(FaultTests.Faults), MemberType = typeof(FaultTests))]
    public async Task Without_STS_only_sessions_are_503_in_time_and_recover(TcpFault fault)
    {
        await using var wire = new TcpProxy(services.Aws);
        await using var controlPlane = ControlPlane.Start(
            services,
            new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_STS"] = wire.Address.ToString() }
        );
        using var table = new StoredTable(services.DynamoDb, controlPlane.TableName);
        var calls = await EveryCall.OfAsync(controlPlane, table, Token);
        await calls.ShouldAllWorkAsync();

        wire.Fault = fault;
        var answers = await calls.AllAtOnceAsync();

        foreach (var (name, answer, took) in answers)
        {
            if (name.Contains("credentials", StringComparison.Ordinal))
            {
                answer.IsProblem(503, "sts_unavailable");
                answer.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero, name);
            }
            else
            {
                answer.Status.Should().BeInRange(200, 299, $"{name}: {answer.Text}");
            }

            took.Should().BeLessThan(EveryCall.Promise, name);
        }

        var anonymous = controlPlane.Anonymous();
        (await anonymous.GetAnswerAsync("/health/live", Token)).Is(200);
        var ready = await Eventually.HoldsAsync(
            () => anonymous.GetAnswerAsync("/health/ready", Token),
            a => a.Json["sts"]!["status"]!.GetValue<string>() == "unhealthy",
            TimeSpan.FromSeconds(10),
            Token
        );
        ready.Is(200).ShowsNothingInternal();
        ready.Json["dynamodb"]!["status"]!.GetValue<string>().Should().Be("healthy");

        wire.Fault = TcpFault.None;
        await calls.ShouldAllWorkAsync();
        await Eventually.HoldsAsync(
            () => anonymous.GetAnswerAsync("/health/ready", Token),
            a => a.Json["sts"]!["status"]!.GetValue<string>() == "healthy",
            Recovery,
            Token
        );
    }
}
