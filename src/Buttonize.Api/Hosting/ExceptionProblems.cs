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

        Log(exception);
        await ProblemOf(exception).ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>The problem that the caller is told of.</summary>
    public static Problem ProblemOf(Exception exception) =>
        exception switch
        {
            RefusedException refused => refused.Problem,
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                Problems.PayloadTooLarge(Body<object>.MaximumBytes),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } =>
                Problems.UnsupportedMediaType(),
            // Kestrel's own, where a body comes slower than it waits for.
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } =>
                Problems.RequestTimeout(),
            BadHttpRequestException => Problems.MalformedJson(
                "The request could not be read; check its parameters and its body."
            ),
            IdentityProviderUnavailableException => Problems.IdentityProviderUnavailable(),
            StorageUnavailableException or OperationCanceledException =>
                Problems.StorageUnavailable(),
            _ => Problems.Internal(),
        };

    private void Log(Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException:
                break;
            case StorageUnavailableException storage:
                LogStorage(logger, storage.Message, storage.AwsRequestId);
                break;
            case IdentityProviderUnavailableException:
                LogIdentityProvider(logger, exception.InnerException?.GetType().Name ?? "unknown");
                break;
            case OperationCanceledException:
                LogDeadline(logger);
                break;
            default:
                LogFault(logger, exception);
                break;
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "{Reason} (AWS request {AwsRequestId})")]
    private static partial void LogStorage(ILogger logger, string reason, string? awsRequestId);

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
