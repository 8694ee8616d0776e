using System.CommandLine;
using Buttonize.Api.Hosting;
using Buttonize.Api.Organizations;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Operator;

/// <summary>What a command works with.</summary>
/// <param name="Services">The program's own, as it serves.</param>
/// <param name="Terminal">Where it writes.</param>
/// <param name="Arguments">What it was called with.</param>
internal sealed record OperatorSession(
    IServiceProvider Services,
    Terminal Terminal,
    ParseResult Arguments
)
{
    /// <summary>A feature of the program, or one that only the operator has.</summary>
    public T Get<T>()
        where T : notnull =>
        Services.GetService<T>() ?? ActivatorUtilities.CreateInstance<T>(Services);

    /// <summary>Whether there is such an organization: lists of none are empty.</summary>
    public async Task<bool> HasOrganizationAsync(
        OrganizationId id,
        CancellationToken cancellationToken
    ) => await Get<OrganizationDirectory>().FindAsync(id, cancellationToken) is not null;

    /// <summary>Everything in a list, page by page.</summary>
    /// <param name="read">Reads a page.</param>
    public static async IAsyncEnumerable<T> AllAsync<T>(Func<PageRequest, Task<Page<T>?>> read)
    {
        string? cursor = null;
        do
        {
            // The cursors are this list's own, so there is always a page.
            var page = await read(new PageRequest(ListQuery.MaximumLimit, cursor));
            foreach (var item in page!.Items)
            {
                yield return item;
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
    }
}

/// <summary>
/// Runs commands over the program as it serves: the same configuration, checks and features, but without a web server and without the work in
/// the background, for it is built and never started.
/// </summary>
internal sealed class OperatorHost(Func<string[], WebApplication> build)
{
    /// <summary>Prints machine-readable output.</summary>
    public Option<bool> Json { get; } =
        new("--json") { Description = "Print JSON instead of a table.", Recursive = true };

    /// <summary>Makes a command out of what it does.</summary>
    public void Does(Command command, Func<OperatorSession, CancellationToken, Task<int>> action) =>
        command.SetAction(
            (arguments, cancellationToken) => RunAsync(arguments, action, cancellationToken)
        );

    private async Task<int> RunAsync(
        ParseResult arguments,
        Func<OperatorSession, CancellationToken, Task<int>> action,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var app = build([Logging.OfCommand]);
            app.Services.GetService<IStartupValidator>()?.Validate();
            await RequireKeysAsync(app.Services, cancellationToken);
            var terminal = new Terminal(app.Services, arguments.GetValue(Json));
            return await action(
                new OperatorSession(app.Services, terminal, arguments),
                cancellationToken
            );
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted.");
            return ExitCode.Interrupted;
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync(Line(fault));
            return ExitCode.Failed;
        }
    }

    /// <summary>A command must not make a table its own: what has no data keys was never served, and is probably the wrong one.</summary>
    private static async Task RequireKeysAsync(
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        var table = services.GetRequiredService<Table>();
        if (await table.GetAsync(Key.DataKey(KeyRing.RootId), cancellationToken) is null)
        {
            var name = services.GetRequiredService<IOptions<ButtonizeOptions>>().Value.TableName;
            throw new ConfigurationException(
                $"Buttonize:TableName is '{name}', a table that no control plane has served; name the one that yours serves."
            );
        }
    }

    private static string Line(Exception fault) =>
        Startup.Explanation(fault)
        ?? (
            fault is StorageUnavailableException
                ? fault.Message
                : $"Something is wrong with the program itself ({fault.GetType().Name}): {fault.Message}"
        ).ReplaceLineEndings(" ");
}
