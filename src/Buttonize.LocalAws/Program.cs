using Buttonize.LocalAws;
using Microsoft.AspNetCore.Connections;

await using var app = LocalAwsApplication.Create(args);
try
{
    await app.StartAsync();
}
catch (IOException exception) when (exception.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync(
        $"Local AWS cannot start: {exception.Message} Free it, or set ASPNETCORE_URLS to another address."
    );
    return 1;
}
await Console.Out.WriteLineAsync($"Local AWS is ready at {string.Join(", ", app.Urls)}");
await app.WaitForShutdownAsync();
return 0;
