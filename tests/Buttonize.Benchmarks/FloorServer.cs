using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Buttonize.Benchmarks;

/// <summary>
/// The floor: the same kind of web host as local AWS, which reads a request and answers as many bytes, and does nothing in
/// between. What a call costs above it is local AWS's own.
/// </summary>
internal static class FloorServer
{
    public const string Name = "floor-server";

    public static Command Create()
    {
        var bytes = new Option<int>("--bytes") { Required = true };
        var urls = new Option<string>("--urls") { Required = true };
        var command = new Command(Name, "Answers a body of so many bytes; the benchmarks start it.")
        {
            bytes,
            urls,
        };
        command.Hidden = true;
        command.SetAction(
            (result, cancellationToken) =>
                ServeAsync(
                    result.GetRequiredValue(bytes),
                    result.GetRequiredValue(urls),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> ServeAsync(
        int bytes,
        string urls,
        CancellationToken cancellationToken
    )
    {
        var body = new byte[bytes];
        Array.Fill(body, (byte)'x');
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(urls).ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = builder.Build();
        app.MapPost(
            "/",
            async (HttpContext http) =>
            {
                await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
                http.Response.ContentType = "text/xml";
                await http.Response.Body.WriteAsync(body, http.RequestAborted);
            }
        );
        await app.StartAsync(cancellationToken);
        await Console.Out.WriteLineAsync($"Floor is ready at {string.Join(", ", app.Urls)}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
