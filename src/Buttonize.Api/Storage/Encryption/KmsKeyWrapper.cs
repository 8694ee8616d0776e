using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Buttonize.Api.Hosting;
using Microsoft.Extensions.Options;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>
/// Wraps data keys under a KMS key (<c>Buttonize:Encryption:KmsKeyId</c>). The table's name is the encryption context, so that the
/// policy can be narrowed to it and CloudTrail says what was decrypted. A table that was restored under another name keeps the context of
/// the one it was made from (<c>Buttonize:Encryption:KmsContext</c>).
/// </summary>
/// <param name="kms">KMS of the control plane's own Region.</param>
/// <param name="options">Which key, and for which table.</param>
/// <param name="setting">What names the key, for whoever has to mend it: the option, or a command's argument.</param>
internal sealed class KmsKeyWrapper(
    IAmazonKeyManagementService kms,
    IOptions<ButtonizeOptions> options,
    string setting = KmsKeyWrapper.Setting
) : IKeyWrapper
{
    private const string Setting = "Buttonize:Encryption:KmsKeyId";

    private string Mending =>
        setting == Setting
            ? "name the KMS key they were wrapped with, and, if the table was restored under another name, the first table's name in "
                + "Buttonize:Encryption:KmsContext."
            : "name a symmetric KMS key that is enabled.";

    private string KeyId => options.Value.Encryption.KmsKeyId!;

    private Dictionary<string, string> Context =>
        new(StringComparer.Ordinal)
        {
            ["buttonize:table"] = options.Value.Encryption.KmsContext is { Length: > 0 } original
                ? original
                : options.Value.TableName,
        };

    /// <inheritdoc/>
    public Task<byte[]> WrapAsync(byte[] dataKey, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            var request = new EncryptRequest
            {
                KeyId = KeyId,
                EncryptionContext = Context,
                Plaintext = new MemoryStream(dataKey),
            };
            var response = await kms.EncryptAsync(request, cancellationToken)
                .WaitAsync(cancellationToken);
            return response.CiphertextBlob.ToArray();
        });

    /// <inheritdoc/>
    public Task<byte[]> UnwrapAsync(byte[] wrapped, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            // Naming the key makes KMS refuse a blob that some other key wrapped.
            var request = new DecryptRequest
            {
                KeyId = KeyId,
                EncryptionContext = Context,
                CiphertextBlob = new MemoryStream(wrapped),
            };
            var response = await kms.DecryptAsync(request, cancellationToken)
                .WaitAsync(cancellationToken);
            return response.Plaintext.ToArray();
        });

    // Each call is waited for under the token as well: the SDK does not heed it while it looks for credentials.
    private async Task<byte[]> GuardAsync(Func<Task<byte[]>> operation)
    {
        try
        {
            return await operation();
        }
        catch (AmazonServiceException refused)
            when (refused
                    is NotFoundException
                        or IncorrectKeyException
                        or InvalidCiphertextException
                        or DisabledException
                        or InvalidKeyUsageException
            )
        {
            throw new ConfigurationException(
                $"{setting} '{KeyId}' cannot be used for this table's data keys ({refused.ErrorCode}); {Mending}",
                refused
            );
        }
        catch (Exception fault)
            when (fault
                    is AmazonServiceException
                        or AmazonClientException
                        or HttpRequestException
                        or OperationCanceledException
            )
        {
            throw new StorageUnavailableException(
                $"KMS did not serve the call: {Reason(fault)}.",
                fault
            );
        }
    }

    private string Reason(Exception fault) =>
        fault switch
        {
            AmazonServiceException
            {
                ErrorCode: "AccessDeniedException" or "AccessDenied"
            } denied =>
                $"{denied.ErrorCode}; allow the control plane kms:Encrypt and kms:Decrypt on the key of {setting}",
            AmazonServiceException { ErrorCode.Length: > 0 } refused => refused.ErrorCode,
            _ => "no answer",
        };
}
