using System.Diagnostics;
using System.Net;

namespace Buttonize.Api.Tests.Hosting;

/// <summary>Traces and metrics go to the collector that the standard variable names, and nothing of a caller's with them.</summary>
public sealed class TracingTests(Services services) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private OtlpReceiver collector = null!;
    private StsProxy sts = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        collector = await OtlpReceiver.StartAsync(Token);
        sts = await StsProxy.StartAsync(services.Aws, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await sts.DisposeAsync();
        await collector.DisposeAsync();
    }

    [Fact]
    public async Task A_call_is_one_trace_from_its_caller_to_AWS()
    {
        await using var controlPlane = Start();
        var (tenant, call) = await AppAsync(controlPlane);
        var caller = new TraceParent();

        await CallAsync(tenant.Owner, call, caller);

        var spans = await SpansOfAsync(caller);
        var server = spans.Single(s => s.Kind == 2);
        server.ParentSpanId.Should().Be(caller.SpanId);
        server
            .Name.Should()
            .Be(
                "POST /v1/organizations/{organizationId:id}/apps/{appId:id}/credentials/",
                "a route's template has no ids"
            );
        server.Attributes["http.response.status_code"].Should().Be("200");
        var children = spans.Where(s => s.Kind == 3).ToList();
        children.Should().OnlyContain(s => s.ParentSpanId == server.SpanId);
        children.Select(s => s.Name).Should().Contain("DynamoDB.BatchGetItem", "STS.AssumeRole");
        children.Should().OnlyContain(s => s.Attributes["aws.request_id"].Length > 10);
        spans.Should().OnlyContain(s => s.Resource["service.name"] == "buttonize");
        collector.HasSeen(tenant.OrganizationId).Should().BeFalse();
    }

    [Fact]
    public async Task No_attribute_is_of_the_callers_making()
    {
        await using var controlPlane = Start();
        var (tenant, call) = await AppAsync(controlPlane);
        var caller = new TraceParent();
        const string Planted = "planted-by-the-caller";

        await CallAsync(
            tenant.Owner,
            $"{call}?{Planted}={Planted}",
            caller,
            ("User-Agent", Planted),
            ("tracestate", $"vendor={Planted}"),
            ("baggage", $"key={Planted}"),
            ("Host", $"{Planted}.example")
        );

        var spans = await SpansOfAsync(caller);
        spans
            .SelectMany(s => s.Attributes.Keys)
            .Distinct()
            .Should()
            .BeSubsetOf([
                "http.request.method",
                "http.response.status_code",
                "http.route",
                "url.scheme",
                "network.protocol.version",
                "rpc.system",
                "rpc.service",
                "rpc.method",
                "aws.request_id",
                "aws.region",
            ]);
        collector.HasSeen(Planted).Should().BeFalse();
        controlPlane.Watch.Secrets.Should().NotBeEmpty();
        controlPlane.Watch.Secrets.Keys.Where(collector.HasSeen).Should().BeEmpty();
    }

    [Fact]
    public async Task Nothing_of_a_trace_goes_on_to_AWS()
    {
        await using var controlPlane = Start();
        var (tenant, call) = await AppAsync(controlPlane);
        var caller = new TraceParent();

        await CallAsync(tenant.Owner, call, caller, ("baggage", "key=value"));

        (await SpansOfAsync(caller)).Should().Contain(s => s.Name == "STS.AssumeRole");
        sts.HeaderNames.Should()
            .Contain("Authorization")
            .And.NotContain(["traceparent", "tracestate", "baggage", "Correlation-Context"]);
    }

    [Fact]
    public async Task A_refusal_is_on_the_span_by_its_code()
    {
        await using var controlPlane = Start();
        var (tenant, call) = await AppAsync(controlPlane);
        sts.Answer(Role(tenant), _ => new StsReply.Fault("RegionDisabledException", 403));
        var caller = new TraceParent();

        (await CallAsync(tenant.Owner, call, caller)).Should().Be(HttpStatusCode.Conflict);

        var spans = await SpansOfAsync(caller);
        spans
            .Single(s => s.Kind == 2)
            .Attributes["buttonize.code"]
            .Should()
            .Be("sts_region_disabled");
        var refused = spans.Single(s => s.Name == "STS.AssumeRole");
        (refused.StatusCode, refused.StatusMessage).Should().Be((2, "RegionDisabledException"));
    }

    [Theory]
    [InlineData("parentbased_traceidratio", "0")]
    [InlineData("traceidratio", "0")]
    [InlineData("parentbased_always_off", null)]
    public async Task A_caller_cannot_have_its_calls_traced(string sampler, string? argument)
    {
        var caller = new TraceParent();

        await using (
            var controlPlane = Start(
                ("OTEL_TRACES_SAMPLER", sampler),
                ("OTEL_TRACES_SAMPLER_ARG", argument)
            )
        )
        {
            (await CallAsync(controlPlane.Anonymous(), "/v1/me", caller))
                .Should()
                .Be(HttpStatusCode.Unauthorized);
        }

        // Whoever stops sends all that it still has.
        collector.MetricNames.Should().Contain("http.server.request.duration");
        collector.Spans.Should().NotContain(s => s.TraceId == caller.Id);
    }

    [Fact]
    public async Task A_caller_cannot_hide_its_calls()
    {
        await using var controlPlane = Start();
        var caller = new TraceParent(Flags: "00");

        await CallAsync(controlPlane.Anonymous(), "/v1/me", caller);

        (await SpansOfAsync(caller)).Should().ContainSingle(s => s.Kind == 2);
    }

    [Fact]
    public async Task Probes_leave_no_trace()
    {
        await using var controlPlane = Start();
        var (probe, after) = (new TraceParent(), new TraceParent());

        await CallAsync(controlPlane.Anonymous(), "/health/ready", probe);
        await CallAsync(controlPlane.Anonymous(), "/v1/me", after);

        await SpansOfAsync(after);
        collector.Spans.Should().NotContain(s => s.TraceId == probe.Id);
    }

    [Fact]
    public async Task OpenTelemetrys_own_settings_hold()
    {
        await using var controlPlane = Start(
            ("OTEL_SERVICE_NAME", "named-by-the-operator"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=of-the-operator")
        );
        var caller = new TraceParent();

        await CallAsync(controlPlane.Anonymous(), "/v1/me", caller);

        var resource = (await SpansOfAsync(caller))[0].Resource;
        resource["service.name"].Should().Be("named-by-the-operator");
        resource["deployment.environment.name"].Should().Be("staging");
        collector.Headers.Should().Contain(h => h.Contains("x-collector-key: of-the-operator"));
    }

    [Fact]
    public async Task Metrics_go_to_the_collector_as_well()
    {
        await using var controlPlane = Start();
        await AppAsync(controlPlane);

        var names = await Eventually.HoldsAsync(
            () => Task.FromResult(collector.MetricNames),
            names => names.Contains("buttonize.sts.duration"),
            Limit,
            Token
        );

        names
            .Should()
            .Contain([
                "http.server.request.duration",
                "buttonize.storage.duration",
                "dotnet.gc.collections",
            ]);
    }

    [Fact]
    public async Task Nothing_is_collected_where_there_is_no_collector()
    {
        await using var with = Start();
        await using var without = ControlPlane.Start(services);
        var (seen, unseen) = (new TraceParent(), new TraceParent());

        await CallAsync(without.Anonymous(), "/v1/me", unseen);
        await CallAsync(with.Anonymous(), "/v1/me", seen);

        await SpansOfAsync(seen);
        without
            .Services.GetService(typeof(OpenTelemetry.Trace.TracerProvider))
            .Should()
            .BeNull("nobody would see a trace");
    }

    private ControlPlane Start(params (string Key, string? Value)[] settings) =>
        ControlPlane.Start(
            services,
            new Dictionary<string, string?>
            {
                ["AWS_ENDPOINT_URL_STS"] = sts.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            }
                .Concat(settings.Select(s => KeyValuePair.Create(s.Key, s.Value)))
                .ToDictionary()
        );

    private readonly Dictionary<Tenant, string> roles = [];

    private string Role(Tenant tenant) => roles[tenant];

    private async Task<(Tenant Tenant, string Call)> AppAsync(ControlPlane controlPlane)
    {
        var tenant = await Tenant.CreateAsync(controlPlane, Token);
        var app = await tenant.RegisterAsync(Token);
        roles[tenant] = app["executionRoleArn"]!.GetValue<string>();
        return (tenant, $"{tenant.Root}/apps/{app["appId"]}/credentials");
    }

    private static async Task<HttpStatusCode> CallAsync(
        HttpClient client,
        string path,
        TraceParent caller,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(
            path.Contains("/credentials", StringComparison.Ordinal)
                ? HttpMethod.Post
                : HttpMethod.Get,
            path
        );
        request.Headers.Add("traceparent", caller.ToString());
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, Token);
        return response.StatusCode;
    }

    /// <summary>The spans of a trace, once the server's, which ends last, is there.</summary>
    private Task<List<ReceivedSpan>> SpansOfAsync(TraceParent caller) =>
        Eventually.HoldsAsync(
            () => Task.FromResult(collector.Spans.Where(s => s.TraceId == caller.Id).ToList()),
            spans => spans.Exists(s => s.Kind == 2),
            Limit,
            Token
        );

    /// <summary>What a caller sends to have its call in its own trace (W3C Trace Context).</summary>
    private sealed record TraceParent(string Flags = "01")
    {
        public string Id { get; } = ActivityTraceId.CreateRandom().ToHexString();

        public string SpanId { get; } = ActivitySpanId.CreateRandom().ToHexString();

        public override string ToString() => $"00-{Id}-{SpanId}-{Flags}";
    }
}
