namespace Buttonize.Api.Hosting;

/// <summary>
/// <c>dotnet Program.dll health [URL]</c>: asks a running instance how it is, by default the one with the same configuration. A
/// container without a shell has nothing else to check its health with.
/// </summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Asks once.</summary>
    /// <returns>The exit status: 0 for a 2xx answer.</returns>
    public static async Task<int> RunAsync(string url)
    {
        using var http = new HttpClient { Timeout = Limit };
        try
        {
            using var response = await http.GetAsync(new Uri(url));
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception fault)
            when (fault
                    is HttpRequestException
                        or TaskCanceledException
                        or UriFormatException
                        or NotSupportedException
            )
        {
            await Console.Error.WriteLineAsync($"{url} did not answer ({fault.GetType().Name}).");
            return 1;
        }
    }
}
