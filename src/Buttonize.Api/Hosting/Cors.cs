using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>Which browser pages may call: the configured origins, and no others.</summary>
internal static class Cors
{
    private static readonly TimeSpan PreflightLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Adds the one CORS policy. Credentials are not allowed: tokens travel in a header, never in a cookie.</summary>
    public static WebApplicationBuilder AddAllowedOrigins(this WebApplicationBuilder builder)
    {
        builder.Services.AddCors();
        builder
            .Services.AddOptions<CorsOptions>()
            .Configure<IOptions<ButtonizeOptions>>(
                (cors, options) =>
                    cors.AddDefaultPolicy(policy =>
                        policy
                            .WithOrigins([.. options.Value.AllowedOrigins])
                            .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
                            .WithHeaders(
                                "Authorization",
                                "Content-Type",
                                "Idempotency-Key",
                                "If-Match",
                                "traceparent",
                                "tracestate"
                            )
                            .WithExposedHeaders("Retry-After", "ETag", "Location")
                            .SetPreflightMaxAge(PreflightLifetime)
                    )
            );
        return builder;
    }
}
