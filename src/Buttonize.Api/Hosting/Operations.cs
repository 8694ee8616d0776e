using Microsoft.AspNetCore.Http.HttpResults;
using Scalar.AspNetCore;

namespace Buttonize.Api.Hosting;

/// <summary>What operators use: health, metrics and the API's description. No token, and no tenant's data.</summary>
internal static class Operations
{
    /// <summary>Adds health, metrics, traces and the OpenAPI document.</summary>
    public static WebApplicationBuilder AddOperations(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        builder.AddTelemetry();
        services.AddSingleton<Readiness>();
        services.AddOpenApi("v1", ApiDocument.Configure);
        return builder;
    }

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c>, <c>/openapi/v1.json</c> and <c>/docs</c>.</summary>
    public static WebApplication MapOperations(this WebApplication app)
    {
        var operations = app.MapGroup("").AllowAnonymous();
        operations.MapGet("/health/live", Live).ExcludeFromDescription();
        operations.MapGet("/health/ready", ReadyAsync).ExcludeFromDescription();
        operations.MapPrometheusScrapingEndpoint("/metrics");

        // Only the one document: another name would be answered in plain text by the library itself.
        operations.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json");
        operations.MapScalarApiReference("/docs", WithoutOutsiders);
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/docs"),
            docs =>
                docs.Use(
                    (context, next) =>
                    {
                        context.Response.Headers.ContentSecurityPolicy = DocsPolicy;
                        return next(context);
                    }
                )
        );
        return app;
    }

    /// <summary>People paste tokens into this page: it talks to this server and nobody else, whatever its script would like.</summary>
    private const string DocsPolicy =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

    private static void WithoutOutsiders(ScalarOptions options) =>
        options
            .WithTitle("Buttonize control plane")
            .DisableAgent()
            .DisableMcp()
            .DisableTelemetry()
            .DisableDefaultFonts()
            .HideDeveloperTools()
            .HideClientButton();

    private static Ok<LiveResponse> Live() => TypedResults.Ok(new LiveResponse("live"));

    private static async Task<JsonHttpResult<ReadinessReport>> ReadyAsync(
        Readiness readiness,
        Draining draining,
        CancellationToken cancellationToken
    )
    {
        var report = await readiness.CheckAsync(cancellationToken);
        if (draining.HasStarted)
        {
            return TypedResults.Json(report with { Status = "draining" }, statusCode: 503);
        }

        // Taking every instance out of service mends no STS outage, so only DynamoDB counts.
        return TypedResults.Json(
            report,
            statusCode: report.Dynamodb.Status == ReadinessEntry.Healthy ? 200 : 503
        );
    }

    private sealed record LiveResponse(string Status);
}
