using System.Net.Sockets;
using System.Security.Cryptography;
using FluentValidation;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>Starts the process, or says in one line why it cannot start.</summary>
internal static class Startup
{
    /// <summary>
    /// The configuration is checked once, at start: files that change later must not change it unchecked (and watching them costs an
    /// inotify instance, of which Linux gives a user 128).
    /// </summary>
    public const string ReadOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Where the control plane listens where nothing else is configured.</summary>
    public const string DefaultAddress = "http://localhost:5080";

    /// <summary>Binds and validates the options, and sets what every host has.</summary>
    public static WebApplicationBuilder AddButtonizeOptions(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<ButtonizeOptions>, OptionsValidation>();
        services
            .AddOptions<ButtonizeOptions>()
            .BindConfiguration(ButtonizeOptions.Section)
            .ValidateOnStart();
        services.AddValidatorsFromAssemblyContaining<ButtonizeOptions>(
            ServiceLifetime.Singleton,
            filter: null,
            includeInternalTypes: true
        );
        if (
            string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])
            && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists()
        )
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        OperationsPort.Listen(builder);

        return builder;
    }

    /// <summary>Builds and runs the host.</summary>
    /// <returns>The process's exit status: 0 after an orderly stop, 1 where it could not start.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();

            // Before anything is made from the options; the host itself would do it after.
            app.Services.GetService<IStartupValidator>()?.Validate();
            var background = app.Services.GetServices<IHostedService>().OfType<BackgroundService>();
            BackgroundService[] services = [.. background];
            await StartAsync(app);
            await app.WaitForShutdownAsync();

            // One that fails stops the host in an orderly way; that is not how the process should end.
            return services.FirstOrDefault(s => s.ExecuteTask is { IsFaulted: true }) is { } failed
                ? throw failed.ExecuteTask!.Exception!.InnerException!
                : 0;
        }
        catch (Exception fault) when (Explanation(fault) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            return 1;
        }
    }

    /// <summary>A start that fails half-way stops what has started: nothing may work on while its services are taken away.</summary>
    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.StopAsync();
            throw;
        }
    }

    /// <summary>What keeps the program from working as it is configured, in one line; null where it is something else.</summary>
    public static string? Explanation(Exception fault) =>
        fault switch
        {
            OptionsValidationException invalid => string.Join(" | ", invalid.Failures.Distinct()),
            AggregateException several
                when several.InnerExceptions.All(e => Explanation(e) is not null) => string.Join(
                " | ",
                several.InnerExceptions.Select(Explanation).Distinct()
            ),
            ConfigurationException wrong => wrong.Message,
            // A value of the wrong type; the inner exception would add only .NET's words.
            InvalidOperationException
            {
                Source: "Microsoft.Extensions.Configuration.Binder"
            } wrong => wrong.Message,
            // Thrown by the framework for Authority or MetadataAddress over plain HTTP.
            InvalidOperationException
            {
                Source: "Microsoft.AspNetCore.Authentication.JwtBearer"
            } wrong => $"Authentication:Schemes:Bearer: {wrong.Message}",
            // Kestrel's own, of several lines where it tells how to make a certificate for a laptop.
            InvalidOperationException or FormatException when IsOfKestrel(fault) =>
                $"ASPNETCORE_URLS or Kestrel:Endpoints cannot be served: {fault.Message.Split('\n')[0]} Certificates are set by Kestrel:Certificates:Default:Path and :KeyPath or :Password.",
            CryptographicException
            or FileNotFoundException
            or DirectoryNotFoundException when IsOfKestrel(fault) =>
                $"Kestrel:Certificates or Kestrel:Endpoints names a certificate that cannot be read: {fault.Message.Split('\n')[0]}",
            // The framework's own parsing of that section, which names no key.
            FormatException wrong =>
                $"Authentication:Schemes:Bearer has a value of the wrong type: {wrong.Message}",
            IOException { InnerException: AddressInUseException } taken =>
                $"{taken.Message} Stop the other process, or choose another address with ASPNETCORE_URLS.",
            SocketException unusable =>
                $"ASPNETCORE_URLS names an address that this machine cannot listen on: {unusable.Message}.",
            _ => null,
        };

    /// <summary>What it throws for its addresses and certificates has types that others throw, too.</summary>
    private static bool IsOfKestrel(Exception fault) =>
        fault.StackTrace?.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal)
        == true;
}
