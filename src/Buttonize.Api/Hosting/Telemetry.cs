using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Buttonize.Api.Hosting;

/// <summary>
/// Metrics for Prometheus always; metrics and traces by OTLP as well where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. All of
/// OpenTelemetry's own settings are read through the configuration, so that several hosts can live in one process.
/// </summary>
internal static class Telemetry
{
    private const string ServiceName = "buttonize";

    /// <summary>Adds metrics and traces.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ButtonizeMetrics>();
        IgnoreWhatCallersAttach(services);
        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource =>
                // In this order, what the environment says wins.
                resource
                    .Clear()
                    .AddTelemetrySdk()
                    .AddService(ServiceName, serviceVersion: Version)
                    .AddEnvironmentVariableDetector()
            )
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(ButtonizeMetrics.MeterName)
                    .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                    .AddRuntimeInstrumentation()
                    .AddPrometheusExporter()
            );
        services.ConfigureOpenTelemetryMeterProvider(
            (provider, metrics) =>
                metrics.AddView(OnlyOf(provider.GetRequiredService<IMeterFactory>()))
        );
        if (TelemetrySettings.IsExported(builder.Configuration))
        {
            services.Configure<AspNetCoreTraceInstrumentationOptions>(DescribeRequests);
            telemetry
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithTracing(traces =>
                    traces
                        .AddAspNetCoreInstrumentation()
                        .AddSource(Tracing.SourceName)
                        .SetSampler(TelemetrySettings.Sampler(builder.Configuration))
                        .AddOtlpExporter()
                );
        }
    }

    private static string? Version =>
        typeof(Telemetry)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion;

    /// <summary>
    /// Of what a caller attaches to its call, only <c>traceparent</c> is read, and nothing goes on to AWS or to an OpenID provider:
    /// <c>tracestate</c> and <c>baggage</c> are whatever the caller likes.
    /// </summary>
    private static void IgnoreWhatCallersAttach(IServiceCollection services)
    {
        services.AddSingleton<DistributedContextPropagator, TraceParentOnly>();

        // .NET's HTTP client and OpenTelemetry's instrumentation know only these two, of the whole process.
        DistributedContextPropagator.Current = new TraceParentOnly();
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
    }

    /// <summary>
    /// Meters are taken by name, from the whole process. Several hosts can live in one, and each shows its own: those that its own
    /// factory made, and the runtime's, which no factory made.
    /// </summary>
    private static Func<Instrument, MetricStreamConfiguration?> OnlyOf(IMeterFactory own) =>
        instrument =>
            instrument.Meter.Scope is { } maker && maker != own
                ? MetricStreamConfiguration.Drop
                : null;

    /// <summary>
    /// A request's span says which route was called and how it was answered; not by whom, and not whose: no query, no header, and no path,
    /// which has ids in it. The log has the path, under the same trace id.
    /// </summary>
    private static void DescribeRequests(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = context => !Logging.IsProbe(context);
        options.EnrichWithHttpRequest = (span, _) =>
            span.SetTag("url.path", null)
                .SetTag("url.query", null)
                .SetTag("server.address", null)
                .SetTag("server.port", null)
                .SetTag("user_agent.original", null);
        options.EnrichWithHttpResponse = (span, response) =>
            span.SetTag("buttonize.code", Problem.CodeOf(response.HttpContext));
    }

    /// <summary>W3C Trace Context without the parts that a caller may fill with anything.</summary>
    private sealed class TraceParentOnly : DistributedContextPropagator
    {
        private const string TraceParent = "traceparent";

        public override IReadOnlyCollection<string> Fields { get; } = [TraceParent];

        public override void Inject(
            Activity? activity,
            object? carrier,
            PropagatorSetterCallback? setter
        )
        {
            // Nothing leaves.
        }

        public override void ExtractTraceIdAndState(
            object? carrier,
            PropagatorGetterCallback? getter,
            out string? traceId,
            out string? traceState
        )
        {
            (traceId, traceState) = (null, null);
            getter?.Invoke(carrier, TraceParent, out traceId, out _);

            // What is no trace parent would make .NET number its activities in another way, and the answer's 'traceId' all zeros.
            traceId = ActivityContext.TryParse(traceId, traceState: null, out _) ? traceId : null;
        }

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(
            object? carrier,
            PropagatorGetterCallback? getter
        ) => null;
    }
}
