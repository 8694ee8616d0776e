using System.CommandLine;
using Buttonize.Api.Hosting;

namespace Buttonize.Api.Operator;

/// <summary>
/// The operator's command line: the same program, called with a noun and a verb instead of to serve. It is configured as the server is,
/// and works on the table with the AWS credentials of whoever runs it.
/// </summary>
internal static class OperatorProgram
{
    /// <summary>The options that may stand before a command, and are no configuration.</summary>
    private static readonly string[] Own = ["--help", "-h", "-?", "/?", "--version", "--json"];

    /// <summary>How long a command that was interrupted gets to end by itself.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the program was called for a command. What begins with <c>-</c> or <c>/</c>, or has a <c>=</c> in it, is configuration, and
    /// the program serves. Any other word is a command, or a mistyped one: a program that was to do something must not start to serve.
    /// </summary>
    public static bool IsMeantBy(string[] args) =>
        args is [var first, ..]
        && (
            Own.Contains(first, StringComparer.Ordinal)
            || !(
                first.StartsWith('-')
                || first.StartsWith('/')
                || first.Contains('=', StringComparison.Ordinal)
            )
        );

    /// <summary>Runs a command.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="build">Builds the program as it serves; it is used without being started.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], WebApplication> build)
    {
        var parsed = Root(new OperatorHost(build))
            .Parse(
                args,
                // Ids can begin with a dash, and reasons with an at sign: both are only text here.
                new ParserConfiguration
                {
                    EnablePosixBundling = false,
                    ResponseFileTokenReplacer = null,
                }
            );
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("Add --help to see what it takes.");
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = Grace,
            }
        );
    }

    private static RootCommand Root(OperatorHost host) =>
        new(
            """
            The Buttonize control plane. Without a command it serves; with one it does what only its operator does, on the table that it is
            configured for (by the same settings), with the AWS credentials of whoever runs it.

            Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused or not confirmed, 130 interrupted.

            Examples:
              Buttonize.Api organizations suspend V1StGXR8_Z5jdHi6B-myT --reason "Unpaid since March"
              Buttonize.Api api-keys revoke V1StGXR8_Z5jdHi6B-myT 9fKx0a_Q2bLmN4oP6qR8s --yes
              Buttonize.Api keys rotate
            """
        )
        {
            host.Json,
            OrganizationCommands.Create(host),
            AppCommands.Create(host),
            ApiKeyCommands.Create(host),
            MemberCommands.Create(host),
            KeyCommands.Create(host),
            LedgerCommands.Create(host),
            Health(),
        };

    /// <summary>For containers without a shell, which have nothing else to check their health with.</summary>
    private static Command Health()
    {
        var url = new Argument<string?>("url")
        {
            Description = "What to ask; by default the instance that is configured as this one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("health", "Ask a running instance how it is: 0 for a 2xx answer.")
        {
            url,
        };
        command.SetAction(result =>
            HealthProbe.RunAsync(result.GetValue(url) ?? OperationsPort.HealthUrl())
        );
        return command;
    }
}

/// <summary>How a command ends.</summary>
internal static class ExitCode
{
    /// <summary>All of it is done.</summary>
    public const int Done = 0;

    /// <summary>It failed, or something it needs did not answer; one line says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>There is no such thing.</summary>
    public const int NotFound = 3;

    /// <summary>It may not be done, or was not confirmed; nothing was done.</summary>
    public const int Refused = 4;

    /// <summary>Stopped by Ctrl+C, as shells have it (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
