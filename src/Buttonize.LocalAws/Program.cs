using System.Net.Sockets;
using Buttonize.Api.Hosting;
using Buttonize.LocalAws;
using Microsoft.AspNetCore.Connections;

if (args is ["health"] or ["health", _])
{
    return await HealthProbe.RunAsync(
        args.ElementAtOrDefault(1) ?? $"{LocalAwsApplication.DefaultUrl}/_local/health"
    );
}

try
{
    await using var app = LocalAwsApplication.Create(args);
    await app.StartAsync();
    await Console.Out.WriteLineAsync($"Local AWS is ready at {string.Join(", ", app.Urls)}");
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception exception)
    when (exception
            is FormatException
                or ArgumentException
                or InvalidOperationException
                or SocketException
    )
{
    // Kestrel's ways to say that an address cannot be listened on, or that HTTPS has no certificate.
    await Console.Error.WriteLineAsync(
        $"Local AWS cannot start: {exception.Message.ReplaceLineEndings(" ")} See ASPNETCORE_URLS."
    );
    return 1;
}
catch (IOException exception) when (exception.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync(
        $"Local AWS cannot start: {exception.Message} Free it, or set ASPNETCORE_URLS to another address."
    );
    return 1;
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(
        $"Local AWS cannot start: {exception.Message} See {LocalAwsApplication.TrailFolderKey}."
    );
    return 1;
}
