using System.Globalization;
using Buttonize.Api.Aws;
using Buttonize.Api.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.ConsolePage;

/// <summary>The page to see it work, served at <c>/</c> where <c>Buttonize:Console:Enabled</c> says so.</summary>
internal static class PageSetup
{
    private static readonly TimeSpan AssetLifetime = TimeSpan.FromDays(365);

    /// <summary>Adds what the page needs.</summary>
    public static WebApplicationBuilder AddConsolePage(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SignInConfiguration>();

        // Of the page's own files only, in which nothing is secret: what BREACH needs is not there.
        builder.Services.AddResponseCompression(options => options.EnableForHttps = true);
        return builder;
    }

    /// <summary>
    /// Serves the page's files. In front of the deadline of 5 seconds, which is for decisions: a slow connection may take its time.
    /// </summary>
    public static WebApplication UseConsolePage(this WebApplication app)
    {
        if (!IsEnabled(app))
        {
            return app;
        }

        var files = PageFiles.Provider();
        app.UseWhen(
            context => PageFiles.Has(context.Request.Path),
            page =>
                page.UseResponseCompression()
                    .Use(SetPolicyAsync)
                    .UseDefaultFiles(new DefaultFilesOptions { FileProvider = files })
                    .UseStaticFiles(
                        new StaticFileOptions { FileProvider = files, OnPrepareResponse = Prepare }
                    )
        );
        return app;
    }

    /// <summary>Maps what the page asks before anybody is signed in.</summary>
    public static WebApplication MapConsolePage(this WebApplication app)
    {
        if (IsEnabled(app))
        {
            app.MapGet("/console/configuration", ConfigurationAsync)
                .AllowAnonymous()
                .ExcludeFromDescription();
        }

        return app;
    }

    private static bool IsEnabled(WebApplication app)
    {
        try
        {
            return app
                .Services.GetRequiredService<IOptions<ButtonizeOptions>>()
                .Value.Console.Enabled;
        }
        catch (OptionsValidationException)
        {
            // The start stops right after, and says why.
            return false;
        }
    }

    private static async Task SetPolicyAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(PageFiles.Assets))
        {
            var services = context.RequestServices;
            var signIn = services.GetRequiredService<SignInConfiguration>();
            var region = AwsRegion.TryFind(services.GetRequiredService<IConfiguration>())!;
            context.Response.Headers.ContentSecurityPolicy = PagePolicy.Content(
                await signIn.TryFindTokenEndpointAsync(context.RequestAborted),
                region.LambdaEndpoints(signIn.LambdaEndpoint)
            );
        }

        await next(context);
    }

    private static void Prepare(Microsoft.AspNetCore.StaticFiles.StaticFileResponseContext file)
    {
        var headers = file.Context.Response.Headers;
        PagePolicy.Apply(headers);
        headers.CacheControl = file.Context.Request.Path.StartsWithSegments(PageFiles.Assets)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"public, max-age={(int)AssetLifetime.TotalSeconds}, immutable"
            )
            : "no-cache";
    }

    private static async Task<Ok<PageConfiguration>> ConfigurationAsync(
        SignInConfiguration signIn,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await signIn.ReadAsync(cancellationToken));
    }
}
