using System.CommandLine;
using Buttonize.Api.Access;
using Buttonize.Api.Apps;
using Buttonize.Api.Audit;
using Buttonize.Api.Hosting;
using Microsoft.Win32.SafeHandles;

namespace Buttonize.Api.Operator;

/// <summary><c>ledger export</c>.</summary>
internal static class LedgerCommands
{
    /// <summary>The noun with its verb.</summary>
    public static Command Create(OperatorHost host) =>
        new("ledger", "Export who got which session.") { Export(host) };

    private static Command Export(OperatorHost host)
    {
        var organization = OperatorArguments.Organization();
        var (from, to) = (Time("--from", "inclusive"), Time("--to", "exclusive"));
        var user = OperatorArguments.IdOption<Person>("--user", "Only this person's entries.");
        var app = OperatorArguments.IdOption<App>("--app", "Only this app's entries.");
        var command = new Command(
            "export",
            """
            Write an organization's ledger to standard output: who got which session, newest first, one JSON object a line, as the API's export has it;
            never a secret. What ends early ends with another exit code than 0.

            Examples:
              Buttonize.Api ledger export V1StGXR8_Z5jdHi6B-myT > ledger.jsonl
              Buttonize.Api ledger export V1StGXR8_Z5jdHi6B-myT --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z
            """
        )
        {
            organization,
            from,
            to,
            user,
            app,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ExportAsync(
                    session,
                    new IssuanceFilter(
                        session.Arguments.GetValue(organization),
                        session.Arguments.GetValue(user),
                        session.Arguments.GetValue(app),
                        session.Arguments.GetValue(from),
                        session.Arguments.GetValue(to)
                    ),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> ExportAsync(
        OperatorSession session,
        IssuanceFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (filter.From >= filter.To)
        {
            return session.Terminal.End(ExitCode.Usage, "--to must be later than --from.");
        }

        await using var output = StandardOutput();
        try
        {
            var written = await IssuanceLines.WriteAsync(
                output,
                session.Get<Ledger>().ReadAllAsync(filter, cancellationToken),
                cancellationToken
            );

            // The ledger outlives its organization, which is deleted before it.
            return
                written > 0
                || await session.HasOrganizationAsync(filter.Organization, cancellationToken)
                ? ExitCode.Done
                : session.Terminal.NoOrganization();
        }
        catch (IOException)
        {
            return session.Terminal.End(
                ExitCode.Failed,
                "Standard output was closed before everything was written."
            );
        }
    }

    /// <summary>
    /// Standard output; the console's own stream takes a pipe that nobody reads any more for one that took everything. A file it writes
    /// where the shell has it, as what is written with its own handle would not be.
    /// </summary>
    private static Stream StandardOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        var handle = new SafeFileHandle(1, ownsHandle: false);
        var direct = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        return direct.CanSeek ? Console.OpenStandardOutput() : direct;
    }

    private static Option<DateTimeOffset?> Time(string name, string kind) =>
        new(name)
        {
            Description =
                $"An RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z ({kind}).",
            CustomParser = result =>
            {
                var time = JsonTime.TryParse(result.Tokens.Single().Value);
                if (time is null)
                {
                    result.AddError(
                        $"{name} must be an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z."
                    );
                }

                return time;
            },
        };
}
