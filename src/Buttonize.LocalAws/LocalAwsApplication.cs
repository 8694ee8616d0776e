using Buttonize.LocalAws.Admin;
using Buttonize.LocalAws.CloudTrail;
using Buttonize.LocalAws.Iam;
using Buttonize.LocalAws.Lambda;
using Buttonize.LocalAws.SigV4;
using Buttonize.LocalAws.Sts;

namespace Buttonize.LocalAws;

/// <summary>
/// Builds the local stand-in for AWS STS, Lambda and CloudTrail. Everything it knows is in the instance's memory, so any
/// number of instances can live in one process.
/// </summary>
public static class LocalAwsApplication
{
    /// <summary>Where it listens when neither <c>ASPNETCORE_URLS</c> nor <c>--urls</c> says otherwise.</summary>
    public const string DefaultUrl = "http://localhost:5090";

    private const int MaxRequestLineLength = 64 * 1024;

    /// <summary>Configuration key: a folder that gets the trail as S3 would hold it. Unset: memory only.</summary>
    public const string TrailFolderKey = TrailFolder.Key;

    /// <summary>
    /// Makes an instance that is not started yet. In a test: <c>Create(["--urls", "http://127.0.0.1:0"])</c>, then
    /// <c>await app.StartAsync()</c>, then <c>app.Urls.Single()</c> is the address.
    /// </summary>
    /// <param name="args">ASP.NET Core's own, such as <c>--urls</c>, and <c>--LocalAws:TrailFolder</c>.</param>
    /// <exception cref="IOException">The trail's folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The trail's folder cannot be made.</exception>
    /// <param name="timeProvider">The clock for signatures, sessions, timeouts and the trail; the system's by default.</param>
    public static WebApplication Create(string[] args, TimeProvider? timeProvider = null)
    {
        // No watching of files: it costs an inotify instance, of which Linux gives a user 128.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                Args = [.. args, "--hostBuilder:reloadConfigOnChange=false"],
            }
        );
        Configure(builder, args);
        builder.Services.AddSingleton(timeProvider ?? TimeProvider.System);
        builder.Services.AddSingleton<IamDirectory>();
        builder.Services.AddSingleton<KnownKeys>();
        builder.Services.AddSingleton<SignatureVerifier>();
        builder.Services.AddTrail(builder.Configuration);
        builder.Services.AddSts();
        builder.Services.AddLambda();
        builder.Services.AddAdmin();

        var app = builder.Build();
        app.MapSts();
        app.MapLambda();
        app.MapAdmin();
        app.MapFallback(UnknownOperation);
        return app;
    }

    private static void Configure(WebApplicationBuilder builder, string[] args)
    {
        // Only the environment and the arguments: another program's appsettings.json can lie in the same folder.
        builder.Configuration.Sources.Clear();
        builder
            .Configuration.AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(args);
        if (string.IsNullOrEmpty(builder.Configuration["urls"]))
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
        // The slim builder leaves HTTPS out; with it, aws:SecureTransport can be true.
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Each service has a limit of its own, with its own error.
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            // A presigned URL has the session token in it, and that the session policy.
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineLength;
        });
        builder
            .Logging.SetMinimumLevel(LogLevel.Warning)
            // A failed start is told by whoever started it.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    }

    private static IResult UnknownOperation(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments("/_local"))
        {
            BrowserAccess.Allow(http.Response);
        }
        http.Response.Headers["x-amzn-ErrorType"] = "UnknownOperationException";
        return Results.Json(
            new
            {
                message = $"{http.Request.Method} {http.Request.Path} is not an operation of this local AWS.",
            },
            statusCode: 404
        );
    }
}
