using System.CommandLine;
using Buttonize.Api.Aws;
using Buttonize.Api.Storage.Encryption;

namespace Buttonize.Api.Operator;

/// <summary><c>keys rewrap</c>.</summary>
internal static class KeyRewrapCommand
{
    /// <summary>The verb.</summary>
    public static Command Create(OperatorHost host)
    {
        var kms = new Option<string>("--to")
        {
            Description = "The id, ARN or alias of the KMS key that is to wrap the data keys.",
        };
        var file = new Option<string>("--to-key-file")
        {
            Description = "The key file that is to wrap them: 32 random bytes in base64.",
        };
        var yes = OperatorArguments.Yes();
        var command = new Command(
            "rewrap",
            """
            Have another KMS key (or key file) wrap the data keys. It takes both: the configured one unwraps them. The data keys stay the same, and so
            does all that is encrypted. Instances that run go on; those that start need the new key in their configuration, so change it right after,
            and restart every instance before you add a data key. AWS's own rotation of a KMS key needs none of this.

            Examples:
              Buttonize.Api keys rewrap --to arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
              Buttonize.Api keys rewrap --to-key-file /run/secrets/new-key --yes
            """
        )
        {
            kms,
            file,
            yes,
        };
        command.Validators.Add(result =>
        {
            if (
                string.IsNullOrEmpty(result.GetValue(kms))
                == string.IsNullOrEmpty(result.GetValue(file))
            )
            {
                result.AddError("Give one of --to and --to-key-file.");
            }
        });
        host.Does(
            command,
            (session, cancellationToken) =>
                RewrapAsync(
                    session,
                    session.Arguments.GetValue(kms),
                    session.Arguments.GetValue(file),
                    session.Arguments.GetValue(yes),
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RewrapAsync(
        OperatorSession session,
        string? kmsKey,
        string? keyFile,
        bool yes,
        CancellationToken cancellationToken
    )
    {
        var (terminal, name) = (session.Terminal, kmsKey ?? keyFile!);
        var region = session.Get<AwsRegion>().Name;
        if (kmsKey?.Split(':') is ["arn", _, "kms", var elsewhere, ..] && elsewhere != region)
        {
            return terminal.End(
                ExitCode.Usage,
                $"--to names a key in {elsewhere}; the control plane asks KMS in {region} (AWS_REGION) only. Name a key there."
            );
        }

        var wrappers = session.Get<KeyWrappers>();
        var other = kmsKey is not null ? wrappers.ByKms(kmsKey, "--to") : wrappers.ByFile(keyFile!);
        if (
            !await terminal.ConfirmAsync(
                yes,
                $"From now on instances start only with {name} in their configuration.",
                name,
                cancellationToken
            )
        )
        {
            return ExitCode.Refused;
        }

        if (
            await session.Get<DataKeyRotation>().RewrapAsync(other, cancellationToken)
            is not { } count
        )
        {
            return terminal.End(
                ExitCode.Refused,
                "Nothing was changed: a data key was added or wrapped at this moment; run it again."
            );
        }

        session.Get<OperatorLog>().Note("keys rewrap", null, name);
        terminal.Show(
            new { keys = count, wrappedBy = name },
            ("data keys", count),
            ("wrapped by", name)
        );
        return ExitCode.Done;
    }
}
