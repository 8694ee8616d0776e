using Buttonize.Local.Processes;

namespace Buttonize.Local.Stack;

/// <summary>Waits until a program answers.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns once the address answers with success.</summary>
    /// <exception cref="StartFailedException">The program ended first, or did not answer in time.</exception>
    public static async Task WaitAsync(
        ChildProcess child,
        Uri address,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var answer = "nothing";
        try
        {
            while (!child.Exited.IsCompleted)
            {
                (var ready, answer) = await AskAsync(http, address, limit.Token);
                if (ready)
                {
                    return;
                }

                await Task.WhenAny(child.Exited, Task.Delay(PollInterval, limit.Token));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartFailedException(
                $"The {child.Name} was not ready within {Limit.TotalSeconds} s: {address} answered {answer}. {child.DescribeOutput()}"
            );
        }

        throw new StartFailedException($"The {child.DescribeExit()}");
    }

    private static async Task<(bool Ready, string Answer)> AskAsync(
        HttpClient http,
        Uri address,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var response = await http.GetAsync(address, cancellationToken);
            return (response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
        }
        catch (HttpRequestException)
        {
            return (false, "nothing");
        }
    }
}
