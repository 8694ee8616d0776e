using System.Diagnostics;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>Waits for conditions, never for time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the condition holds; fails with the last answer after the limit.</summary>
    public static async Task<T> HoldsAsync<T>(
        Func<Task<T>> ask,
        Func<T, bool> condition,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (condition(answer))
            {
                return answer;
            }

            if (watch.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit}: the last answer was {answer}.");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
