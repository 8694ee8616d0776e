using Amazon.KeyManagementService;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>Makes wrappers beside the configured one, for this table's data keys.</summary>
internal sealed class KeyWrappers(
    IAmazonKeyManagementService kms,
    IOptions<ButtonizeOptions> options,
    IHostEnvironment environment
)
{
    /// <summary>A wrapper by another KMS key: its id, ARN or alias, and the argument that named it, for a refusal.</summary>
    public IKeyWrapper ByKms(string keyId, string argument) =>
        new KmsKeyWrapper(
            kms,
            Options.Create(Table(encryption => encryption.KmsKeyId = keyId)),
            argument
        );

    /// <summary>A wrapper by another key file.</summary>
    /// <exception cref="ConfigurationException">There is no such file, or no key in it.</exception>
    public IKeyWrapper ByFile(string path) =>
        new KeyFileWrapper(
            Options.Create(Table(encryption => encryption.KeyFile = path)),
            environment
        );

    private ButtonizeOptions Table(Action<ButtonizeOptions.EncryptionOptions> configure)
    {
        // The encryption context is the table's for good: it is what the policy is narrowed to.
        var other = new ButtonizeOptions
        {
            TableName = options.Value.TableName,
            Encryption = { KmsContext = options.Value.Encryption.KmsContext },
        };
        configure(other.Encryption);
        return other;
    }
}
