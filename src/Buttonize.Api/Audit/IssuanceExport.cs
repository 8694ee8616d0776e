using System.Runtime.CompilerServices;
using Buttonize.Api.Access;
using Buttonize.Api.Hosting;
using Buttonize.Api.Limits;
using Buttonize.Api.Storage;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Buttonize.Api.Audit;

/// <summary>
/// Every entry that is meant, streamed as JSON lines. Its reader's rights are read anew for each piece: who is removed, suspended or loses a
/// permission does not go on reading. What ends early ends with a broken connection, so that nobody takes half of it for the whole.
/// </summary>
internal sealed partial class IssuanceExport(
    Ledger ledger,
    AccessReader access,
    ButtonizeMetrics metrics,
    ILogger<IssuanceExport> logger
)
{
    /// <summary>Exports of one person at once, on this instance: each reads the table as fast as it is read itself.</summary>
    private const int MostAtOnce = 2;

    /// <summary>How long reading the next piece and sending it may take: whoever reads slower than some kilobytes in a second is cut off.</summary>
    private static readonly TimeSpan PieceLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Dictionary<UserId, int> running = [];

    /// <summary>The answer with what is meant, for somebody who may read it now.</summary>
    public Lines Of(Standing reader, IssuanceFilter filter) => new(this, reader.User, filter);

    /// <summary>Whether the caller prefers JSON lines. Whoever names neither, or both alike, gets JSON.</summary>
    public static bool IsWantedBy(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return QualityOf(IssuanceLines.ContentType) > QualityOf("application/json");

        double QualityOf(string type) =>
            accepted
                .Where(a => a.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase))
                .Select(a => a.Quality ?? 1)
                .DefaultIfEmpty(0)
                .Max();
    }

    /// <summary>Describes the answer's second form, which ASP.NET Core cannot know of: it has one for each status.</summary>
    public static async Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    ) =>
        operation.Responses!["200"].Content![IssuanceLines.ContentType] = new OpenApiMediaType
        {
            Schema = await context.GetOrCreateSchemaAsync(
                typeof(IssuanceResponse),
                parameterDescription: null,
                cancellationToken
            ),
        };

    private async Task RunAsync(HttpContext context, UserId reader, IssuanceFilter filter)
    {
        if (!TryEnter(reader))
        {
            var reached = new LimitReached("exports", RetryAfter);
            metrics.RateLimited(reached);
            await Problems.RateLimited(reached).ExecuteAsync(context);
            return;
        }

        try
        {
            await WriteAsync(context, reader, filter);
        }
        finally
        {
            Leave(reader);
        }
    }

    private bool TryEnter(UserId reader)
    {
        lock (running)
        {
            var others = running.GetValueOrDefault(reader);
            if (others < MostAtOnce)
            {
                running[reader] = others + 1;
            }

            return others < MostAtOnce;
        }
    }

    private void Leave(UserId reader)
    {
        lock (running)
        {
            if (--running[reader] == 0)
            {
                running.Remove(reader);
            }
        }
    }

    private async Task WriteAsync(HttpContext context, UserId reader, IssuanceFilter filter)
    {
        var response = context.Response;
        response.ContentType = IssuanceLines.ContentType;
        try
        {
            await IssuanceLines.WriteAsync(
                response.Body,
                ReadAsync(context, reader, filter, context.RequestAborted),
                context.RequestAborted
            );
        }
        catch (Exception fault) when (response.HasStarted)
        {
            if (!RequestDeadline.CallerHasGone(context))
            {
                LogBroken(
                    logger,
                    fault is StorageUnavailableException ? fault.Message : fault.GetType().Name
                );
            }

            // Without the last chunk of HTTP/1.1, or with a reset stream of HTTP/2, no client takes it for complete.
            context.Abort();
        }
    }

    private async IAsyncEnumerable<IReadOnlyList<Issuance>> ReadAsync(
        HttpContext context,
        UserId reader,
        IssuanceFilter filter,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var piece in ledger.ReadAllAsync(filter, cancellationToken))
        {
            var standing = await access.ReadAsync(reader, filter.Organization, cancellationToken);
            var refusal =
                AccessRules.Decide(new Demand(), standing)
                ?? AccessRules.DecideToAudit(standing!, filter.User);
            if (refusal is not null)
            {
                throw new RefusedException(refusal.ToProblem());
            }

            RequestDeadline.Restart(context, PieceLimit);
            yield return piece;
        }
    }

    [LoggerMessage(
        1801,
        LogLevel.Warning,
        "An export of the ledger was broken off, and its connection with it: {Reason}"
    )]
    private static partial void LogBroken(ILogger logger, string reason);

    /// <summary>The answer of an export.</summary>
    internal sealed class Lines(IssuanceExport export, UserId reader, IssuanceFilter filter)
        : IResult
    {
        /// <inheritdoc/>
        public Task ExecuteAsync(HttpContext httpContext) =>
            export.RunAsync(httpContext, reader, filter);
    }
}
