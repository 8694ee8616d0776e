using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Buttonize.Api.Hosting;

/// <summary>Structured logs on standard output: compact JSON, one event a line, with trace ids.</summary>
internal static class Logging
{
    /// <summary>Replaces the framework's loggers by Serilog.</summary>
    public static WebApplicationBuilder AddLogging(this WebApplicationBuilder builder)
    {
        // Not through Serilog's static logger: several hosts can live in one process, each with its own log.
        builder.Services.AddSerilog(
            (services, logger) =>
                logger
                    .MinimumLevel.Information()
                    .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                    .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
                    .MinimumLevel.Override("System", LogEventLevel.Warning)
                    // A start that fails is told once, in one line, by Startup.
                    .MinimumLevel.Override(
                        "Microsoft.Extensions.Hosting.Internal.Host",
                        LogEventLevel.Fatal
                    )
                    .ReadFrom.Services(services)
                    .WriteTo.Console(new RenderedCompactJsonFormatter()),
            // The static logger is the last host's: in a process with several, each one's end would close another one's log.
            preserveStaticLogger: true
        );
        return builder;
    }

    /// <summary>
    /// One event a request: method, path, status, duration. Never headers, query or body: tokens travel in them.
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
        });
        return app;
    }

    /// <summary>Whether a request is a probe's or a scraper's, of which there are too many to tell of each.</summary>
    public static bool IsProbe(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/health")
        || context.Request.Path.StartsWithSegments("/metrics");
}
