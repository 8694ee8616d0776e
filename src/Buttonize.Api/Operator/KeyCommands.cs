using System.CommandLine;
using System.Globalization;
using Buttonize.Api.Apps;
using Buttonize.Api.Storage;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Operator;

/// <summary><c>keys list | rotate | reencrypt | rewrap</c>.</summary>
internal static class KeyCommands
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>The noun with its verbs.</summary>
    public static Command Create(OperatorHost host) =>
        new(
            "keys",
            "Look at the data keys, add one, encrypt anew under it, and have another key wrap them."
        )
        {
            List(host),
            Rotate(host),
            Reencrypt(host),
            KeyRewrapCommand.Create(host),
        };

    private static Command List(OperatorHost host)
    {
        var command = new Command(
            "list",
            """
            List the data keys, never the keys themselves: which encrypts, and since when there are which.

            Example:
              Buttonize.Api keys list
            """
        );
        host.Does(
            command,
            async (session, cancellationToken) =>
            {
                var keys = await session.Get<DataKeyRotation>().ListAsync(cancellationToken);
                session.Terminal.List(
                    [
                        .. keys.Select(k => new
                        {
                            key = k.Id,
                            k.CreatedAt,
                            encrypts = k == keys[^1],
                            hashes = k.Id == KeyRing.RootId,
                        }),
                    ],
                    ("KEY", k => k.key),
                    ("CREATED", k => k.CreatedAt),
                    (
                        "FOR",
                        k =>
                            string.Join(
                                ", ",
                                (string[])
                                    [
                                        k.encrypts ? "encrypting" : "decrypting",
                                        .. k.hashes ? ["keyed hashes"] : Array.Empty<string>(),
                                    ]
                            )
                    )
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Rotate(OperatorHost host)
    {
        var command = new Command(
            "rotate",
            """
            Add a data key. Instances that run encrypt under it within 5 minutes, those that start at once; what stands under older keys opens as
            before. Encrypt it anew by 'keys reencrypt', after these 5 minutes.

            Example:
              Buttonize.Api keys rotate
            """
        );
        host.Does(
            command,
            async (session, cancellationToken) =>
            {
                if (
                    await session.Get<DataKeyRotation>().AddAsync(cancellationToken)
                    is not { } added
                )
                {
                    return session.Terminal.End(
                        ExitCode.Refused,
                        $"Nothing was added: another key was added or wrapped at this moment, or there are {DataKeyRotation.Most} already; look at 'keys list'."
                    );
                }

                session.Get<OperatorLog>().Note("keys rotate", null, $"key {added.Id}");
                session.Terminal.Show(
                    new { key = added.Id, added.CreatedAt },
                    ("added key", added.Id),
                    ("created", added.CreatedAt)
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command Reencrypt(OperatorHost host)
    {
        const string Rate = "--read-units-per-second";
        var rate = new Option<int>(Rate)
        {
            Description = "How many read units (4 KiB each) this takes of the table at most.",
            DefaultValueFactory = _ => 500,
            CustomParser = result =>
            {
                if (
                    int.TryParse(
                        result.Tokens.Single().Value,
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var units
                    ) && units is >= 1 and <= 40_000
                )
                {
                    return units;
                }

                result.AddError($"{Rate} must be 1 to 40000.");
                return 0;
            },
        };
        var command = new Command(
            "reencrypt",
            """
            Encrypt every External ID under the newest data key. Reads the whole table once, at a limited rate, beside instances that serve. May be
            stopped at any time and run again, as often as you like: it does what is left. Says in the end how many stand under which key; what an
            instance was writing meanwhile can be left under an older one, so run it again until nothing is.

            Example:
              Buttonize.Api keys reencrypt --read-units-per-second 200
            """
        )
        {
            rate,
        };
        host.Does(
            command,
            (session, cancellationToken) =>
                ReencryptAsync(session, session.Arguments.GetValue(rate), cancellationToken)
        );
        return command;
    }

    private static async Task<int> ReencryptAsync(
        OperatorSession session,
        int unitsPerSecond,
        CancellationToken cancellationToken
    )
    {
        var (terminal, time) = (session.Terminal, session.Get<TimeProvider>());
        var newest = (await session.Get<DataKeys>().GetAsync(cancellationToken)).Newest;
        var work = new Reencryption(
            session.Get<TableScan>(),
            session.Get<Table>(),
            session.Get<DataKeys>(),
            session.Get<ExternalIds>()
        );
        var said = time.GetTimestamp();
        ReencryptionProgress? done = null;
        await foreach (var progress in work.RunAsync(unitsPerSecond, cancellationToken))
        {
            done = progress;
            if (time.GetElapsedTime(said) >= BetweenLines)
            {
                said = time.GetTimestamp();
                terminal.Say(
                    $"{done.Looked} items looked at, {done.Reencrypted} External IDs encrypted anew."
                );
            }
        }

        session.Get<OperatorLog>().Note("keys reencrypt", null, $"key {newest}");
        terminal.List(
            [
                .. done!
                    .ByKey.OrderBy(k => k.Key)
                    .Select(k => new { key = k.Key, externalIds = k.Value }),
            ],
            ("KEY", k => k.key),
            ("EXTERNAL IDS", k => k.externalIds)
        );
        terminal.Say($"{done.Reencrypted} External IDs were encrypted anew.");
        if (done.Unreadable is [])
        {
            return ExitCode.Done;
        }

        return terminal.End(
            ExitCode.Failed,
            $"The External IDs of these apps do not open under any key, and stay as they are (organization/app): {string.Join(", ", done.Unreadable)}"
        );
    }
}
