using FluentValidation;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Hosting;

/// <summary>Starts the process, or says in one line why it cannot start.</summary>
internal static class Startup
{
    private const string DefaultAddress = "http://localhost:5080";

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
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Body<object>.MaximumBytes;
        });
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
        {
            builder.WebHost.UseUrls(DefaultAddress);
        }

        return builder;
    }

    /// <summary>Builds and runs the host.</summary>
    /// <returns>The process's exit status: 0 after an orderly stop, 1 where it could not start.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            await app.RunAsync();
            return 0;
        }
        catch (Exception fault) when (Explanation(fault) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            return 1;
        }
    }

    private static string? Explanation(Exception fault) =>
        fault switch
        {
            OptionsValidationException invalid => string.Join(" | ", invalid.Failures),
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
            IOException
            {
                InnerException: Microsoft.AspNetCore.Connections.AddressInUseException
            } taken =>
                $"{taken.Message} Stop the other process, or choose another address with ASPNETCORE_URLS.",
            _ => null,
        };
}
