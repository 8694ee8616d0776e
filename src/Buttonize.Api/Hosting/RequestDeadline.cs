namespace Buttonize.Api.Hosting;

/// <summary>
/// Gives every request one deadline, from its first byte to its answer: whatever STS, DynamoDB or the OpenID provider do, the
/// caller hears within 6 seconds. Everything below takes <see cref="HttpContext.RequestAborted"/> and so ends with it.
/// </summary>
internal sealed class RequestDeadline(RequestDelegate next, TimeProvider time)
{
    /// <summary>The promise is 6 seconds; the rest is for writing the answer on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static readonly object OriginalKey = new();
    private static readonly object LimitKey = new();

    /// <summary>Runs the rest of the pipeline under the deadline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        var caller = context.RequestAborted;
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(caller, limit.Token);
        context.Items[OriginalKey] = caller;
        context.Items[LimitKey] = limit;
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = caller;
        }
    }

    /// <summary>Gives a request time from now on, where its caller asked to be made to wait.</summary>
    public static void Restart(HttpContext context, TimeSpan limit) =>
        (context.Items[LimitKey] as CancellationTokenSource)?.CancelAfter(limit);

    /// <summary>Whether nobody is there any more to answer.</summary>
    public static bool CallerHasGone(HttpContext context) =>
        (
            context.Items[OriginalKey] as CancellationToken? ?? context.RequestAborted
        ).IsCancellationRequested;
}
