using Microsoft.AspNetCore.Diagnostics;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Buttonize.Api.Hosting;

/// <summary>Structured logs on standard output: compact JSON, one event a line, with trace ids.</summary>
internal static class Logging
{
    /// <summary>The id of the event that each request leaves, as the framework's loggers write theirs.</summary>
    private static readonly object RequestEvent = new { Id = 1100, Name = "Request" };

    /// <summary>
    /// Makes the log what goes beside a command's output: only warnings and the operator's own changes, to standard error.
    /// </summary>
    public const string OfCommand = "--log:ofCommand=true";

    /// <summary>Replaces the framework's loggers by Serilog.</summary>
    public static WebApplicationBuilder AddLogging(this WebApplicationBuilder builder)
    {
        var ofCommand = builder.Configuration.GetValue<bool>("log:ofCommand");
        // Not through Serilog's static logger: several hosts can live in one process, each with its own log.
        builder.Services.AddSerilog(
            (services, logger) =>
                logger
                    .MinimumLevel.Is(ofCommand ? LogEventLevel.Warning : LogEventLevel.Information)
                    .MinimumLevel.Override(
                        typeof(Operator.OperatorLog).FullName!,
                        LogEventLevel.Information
                    )
                    .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                    .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
                    .MinimumLevel.Override("System", LogEventLevel.Warning)
                    // A start that fails is told once, in one line, by Startup.
                    .MinimumLevel.Override(
                        "Microsoft.Extensions.Hosting.Internal.Host",
                        LogEventLevel.Fatal
                    )
                    .ReadFrom.Services(services)
                    .WriteTo.Console(
                        new RenderedCompactJsonFormatter(),
                        standardErrorFromLevel: ofCommand ? LogEventLevel.Verbose : null
                    ),
            // The static logger is the last host's: in a process with several, each one's end would close another one's log.
            preserveStaticLogger: true
        );
        return builder;
    }

    /// <summary>
    /// One event a request: method, path, route, status, duration, the code of a refusal, and the client's address. Never headers, query or
    /// body: tokens travel in them.
    /// </summary>
    public static WebApplication UseRequestLog(this WebApplication app)
    {
        app.UseSerilogRequestLogging(options =>
        {
            options.Logger = app.Services.GetRequiredService<Serilog.ILogger>();
            options.GetLevel = (context, _, exception) =>
                exception is not null || context.Response.StatusCode >= 500 ? LogEventLevel.Error
                : IsProbe(context) ? LogEventLevel.Verbose
                : LogEventLevel.Information;
            options.EnrichDiagnosticContext = (diagnostic, context) =>
            {
                diagnostic.Set(nameof(EventId), RequestEvent, destructureObjects: true);
                diagnostic.Set("Route", RouteOf(context));
                diagnostic.Set("ClientAddress", context.Connection.RemoteIpAddress?.ToString());
                if (Problem.CodeOf(context) is { } code)
                {
                    diagnostic.Set("Code", code);
                }
            };
        });
        return app;
    }

    /// <summary>The route that was asked for, without what it was asked about; null where there is none.</summary>
    private static string? RouteOf(HttpContext context) =>
        // The handler of unhandled faults takes the endpoint away.
        (
            (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint())
            as RouteEndpoint
        )
            ?.RoutePattern
            .RawText;

    /// <summary>Whether a request is a probe's or a scraper's, of which there are too many to tell of each.</summary>
    public static bool IsProbe(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/health")
        || context.Request.Path.StartsWithSegments("/metrics");
}
