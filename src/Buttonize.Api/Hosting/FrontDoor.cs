using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>
/// What holds for every connection and every answer, whoever calls and whatever is asked: limits, who the client is behind the proxies
/// that are trusted, headers for browsers, and how connections end when the instance does.
/// </summary>
internal static class FrontDoor
{
    /// <summary>A year: the shortest time that browsers' preload lists take.</summary>
    private const string TransportSecurity = "max-age=31536000";

    /// <summary>For answers that are not pages. <c>/docs</c> and the page set their own.</summary>
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>
    /// A line of a header ends with CR LF. RFC 9112, 2.2 lets a server take a bare LF for one too, and so does Kestrel left to itself; a proxy that
    /// does not would see another request than this program, with another one hidden in its body.
    /// </summary>
    private const string NoBareLineFeeds =
        "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Adds the limits, the trusted proxies and the orderly stop.</summary>
    public static WebApplicationBuilder AddFrontDoor(this WebApplicationBuilder builder)
    {
        AppContext.SetSwitch(NoBareLineFeeds, isEnabled: true);
        var services = builder.Services;
        builder.WebHost.ConfigureKestrel(SetLimits);
        services.AddSingleton<Draining>();
        services.AddHostedService(provider => provider.GetRequiredService<Draining>());
        services
            .AddOptions<HostOptions>()
            .Configure<IOptions<ButtonizeOptions>, IHostEnvironment>(
                (host, options, environment) =>
                    host.ShutdownTimeout = Draining.StopLimit(options.Value, environment)
            );
        services
            .AddOptions<ForwardedHeadersOptions>()
            .Configure<IOptions<ButtonizeOptions>>(
                (forwarded, options) => TrustedProxies.Apply(options.Value, forwarded)
            );
        return builder;
    }

    /// <summary>Goes first: what comes after sees the client as it is, and no answer escapes the headers.</summary>
    public static WebApplication UseFrontDoor(this WebApplication app)
    {
        // Without any proxy to trust, the framework's middleware would trust everybody.
        app.UseWhen(
            context =>
                context
                    .RequestServices.GetRequiredService<IOptions<ButtonizeOptions>>()
                    .Value.TrustedProxies.Count > 0,
            proxied => proxied.UseForwardedHeaders()
        );
        var draining = app.Services.GetRequiredService<Draining>();
        app.Use(
            (context, next) =>
            {
                // On a socket for both families an IPv4 client has an IPv6 address (RFC 4291, 2.5.5.2).
                if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
                {
                    context.Connection.RemoteIpAddress = mapped.MapToIPv4();
                }

                // At the last moment: an answer to a fault starts over without the headers it had.
                context.Response.OnStarting(() =>
                {
                    SetHeaders(context);
                    if (draining.HasStarted && HttpProtocol.IsHttp11(context.Request.Protocol))
                    {
                        context.Response.Headers.Connection = "close";
                    }

                    return Task.CompletedTask;
                });
                return next(context);
            }
        );
        return app;
    }

    private static void SetHeaders(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";

        // Of requests without CORS only: what a page may read is said by CORS alone.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = NoPage;
        }

        // On http it has no meaning (RFC 6797, 7.2), and for localhost it would bind every other program of a laptop.
        if (context.Request.IsHttps && context.Request.Host.Host != "localhost")
        {
            headers.StrictTransportSecurity = TransportSecurity;
        }
    }

    /// <summary>
    /// Kestrel's own defaults are written down where others rely on them. There is no limit per client: behind a proxy all are one.
    /// </summary>
    private static void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;

        // Far more than a body may have (Body refuses that): what is a little too large is read to its end and thrown away, so that
        // its sender can read the refusal. A connection that is closed in the middle of a body often loses it.
        limits.MaxRequestBodySize = 16 * Body<object>.MaximumBytes;

        // Room for an access token with many groups, of which providers make some of 16 kB.
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestLineSize = 8 * 1024;

        // Headers fit into a few packets; whoever sends them byte by byte only holds a connection.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Bodies are small, and the deadline of a request is 5 seconds: one that trickles is refused as such before that.
        limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(2));

        // Longer than the 60 seconds of nginx and of AWS's load balancers: who closes an idle connection has to be the proxy, which
        // otherwise sends a request into one that is being closed.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);

        // As many as an instance has requests in flight when 1,500 a second all take 6 seconds. What is above is closed at once, and
        // costs no memory.
        limits.MaxConcurrentConnections = 10_000;
        limits.MaxConcurrentUpgradedConnections = 0;
    }
}
