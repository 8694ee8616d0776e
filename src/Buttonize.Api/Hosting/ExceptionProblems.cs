using Buttonize.Api.Access;
using Buttonize.Api.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace Buttonize.Api.Hosting;

/// <summary>Turns what was thrown into a problem document. Nothing of an exception's text reaches the caller.</summary>
internal sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger)
    : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        if (RequestDeadline.CallerHasGone(httpContext))
        {
            return true;
        }

        await ProblemOf(exception).ExecuteAsync(httpContext);
        return true;
    }

    private Problem ProblemOf(Exception exception)
    {
        switch (exception)
        {
            case RefusedException refused:
                return refused.Problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problems.PayloadTooLarge(Body<object>.MaximumBytes);
            case BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType }:
                return Problems.UnsupportedMediaType();
            case BadHttpRequestException:
                return Problems.MalformedJson(
                    "The request could not be read; check its parameters and its body."
                );
            case StorageUnavailableException:
                LogStorage(logger, exception.Message);
                return Problems.StorageUnavailable();
            case IdentityProviderUnavailableException:
                LogIdentityProvider(logger, exception.InnerException?.GetType().Name ?? "unknown");
                return Problems.IdentityProviderUnavailable();
            case OperationCanceledException:
                LogDeadline(logger);
                return Problems.StorageUnavailable();
            default:
                LogFault(logger, exception);
                return Problems.Internal();
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "{Reason}")]
    private static partial void LogStorage(ILogger logger, string reason);

    [LoggerMessage(
        1102,
        LogLevel.Warning,
        "The OpenID provider's keys could not be fetched ({Reason})"
    )]
    private static partial void LogIdentityProvider(ILogger logger, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "The call's time was up")]
    private static partial void LogDeadline(ILogger logger);

    [LoggerMessage(1104, LogLevel.Error, "Unhandled fault")]
    private static partial void LogFault(ILogger logger, Exception exception);
}
