using Buttonize.Api.Hosting;

namespace Buttonize.Api.Sessions;

/// <summary>
/// Counts how the main call was answered, whoever answered it: authentication, storage faults and the deadline as well as STS. An
/// operator's alert must see an outage wherever it is. And keeps its answers, those of refusals too, out of every cache.
/// </summary>
internal sealed class CredentialsCounter(RequestDelegate next, ButtonizeMetrics metrics)
{
    /// <summary>What marks an endpoint as the main call.</summary>
    public static readonly object Counted = new Mark();

    /// <summary>Runs the rest of the pipeline, and counts its answer.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Mark>() is null)
        {
            await next(context);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await next(context);
            var refusal = Problem.CodeOf(context);
            if (refusal is null || !RequestDeadline.CallerHasGone(context))
            {
                metrics.CredentialsAnswered(refusal ?? "issued");
            }
        }
        catch (Exception fault) when (!RequestDeadline.CallerHasGone(context))
        {
            metrics.CredentialsAnswered(ExceptionProblems.ProblemOf(fault).Code);
            throw;
        }
    }

    private sealed record Mark;
}
