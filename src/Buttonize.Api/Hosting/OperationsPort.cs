namespace Buttonize.Api.Hosting;

/// <summary>
/// Where <c>Buttonize:OperationsUrl</c> is set, what operators use is served there alone, and everything else is not: a load balancer that
/// exposes the API exposes no metrics by mistake.
/// </summary>
internal static class OperationsPort
{
    private const string Key =
        $"{ButtonizeOptions.Section}:{nameof(ButtonizeOptions.OperationsUrl)}";

    /// <summary>What operators use: the first segments of the paths.</summary>
    private static readonly PathString[] Paths = ["/health", "/metrics", "/openapi", "/docs"];

    /// <summary>Listens on the operations' address as well, where one is configured that can be listened on.</summary>
    public static void Listen(WebApplicationBuilder builder)
    {
        if (TryParse(builder.Configuration[Key]) is not null)
        {
            builder.WebHost.UseUrls(
                $"{builder.Configuration[WebHostDefaults.ServerUrlsKey]};{builder.Configuration[Key]}"
            );
        }
    }

    /// <summary>
    /// Answers what is asked on the wrong port as if it did not exist. The port is the connection's own: <c>Host</c> is whatever the
    /// caller writes.
    /// </summary>
    public static WebApplication UseOperationsPort(this WebApplication app)
    {
        if (TryParse(app.Configuration[Key]) is { Port: var port })
        {
            app.Use(
                (context, next) =>
                    IsOperations(context.Request.Path) == (context.Connection.LocalPort == port)
                        ? next(context)
                        : Problems.NotFound().ExecuteAsync(context)
            );
        }

        return app;
    }

    /// <summary>Whether a path is one of the operations'.</summary>
    public static bool IsOperations(PathString path) =>
        Array.Exists(Paths, p => path.StartsWithSegments(p));

    /// <summary>Where this machine reaches <c>/health/live</c> of an instance with the same configuration as this process.</summary>
    public static string HealthUrl()
    {
        var configuration = WebApplication.CreateBuilder([Startup.ReadOnce]).Configuration;
        var address =
            TryParse(configuration[Key])
            ?? BindingAddress.Parse(
                configuration[WebHostDefaults.ServerUrlsKey]?.Split(';')[0] is { Length: > 0 } first
                && OptionsValidation.IsListenAddress(first)
                    ? first
                    : Startup.DefaultAddress
            );
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}/health/live";
    }

    /// <summary>What is wrong with the address.</summary>
    public static IEnumerable<string> Failures(IConfiguration configuration)
    {
        var url = configuration[Key];
        if (string.IsNullOrEmpty(url))
        {
            yield break;
        }

        if (TryParse(url) is not { } address)
        {
            yield return $"{Key} is '{url}'; write a plain HTTP address with a port and no path, such as http://localhost:9090 or http://+:9090, or leave it out.";
        }
        else if (Others(configuration).Any(other => other.Port == address.Port))
        {
            yield return $"{Key} has the port {address.Port}, which ASPNETCORE_URLS has as well; choose another port.";
        }
        else if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            yield return $"{Key} cannot be listened on while Kestrel:Endpoints is set, which replaces all other addresses; write the API's address as ASPNETCORE_URLS (with Kestrel:Certificates:Default for https), or leave {Key} out.";
        }
    }

    /// <summary>The addresses but for the operations', which <see cref="Listen"/> has put at the end.</summary>
    private static IEnumerable<BindingAddress> Others(IConfiguration configuration) =>
        (configuration[WebHostDefaults.ServerUrlsKey] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .SkipLast(1)
            .Where(OptionsValidation.IsListenAddress)
            .Select(BindingAddress.Parse);

    private static BindingAddress? TryParse(string? url) =>
        url is { Length: > 0 }
        && OptionsValidation.IsListenAddress(url)
        && BindingAddress.Parse(url)
            is { Scheme: "http", IsUnixPipe: false, Port: > 0 and <= 65535 } address
        && address.PathBase.Length == 0
        && url.Contains($":{address.Port}", StringComparison.Ordinal)
            ? address
            : null;
}
