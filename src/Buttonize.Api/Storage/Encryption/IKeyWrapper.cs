namespace Buttonize.Api.Storage.Encryption;

/// <summary>Encrypts the data keys for the table: by KMS in a deployment, by a key file on one machine.</summary>
internal interface IKeyWrapper
{
    /// <summary>Encrypts a data key.</summary>
    /// <exception cref="StorageUnavailableException"/>
    Task<byte[]> WrapAsync(byte[] dataKey, CancellationToken cancellationToken);

    /// <summary>Decrypts a data key.</summary>
    /// <exception cref="StorageUnavailableException"/>
    /// <exception cref="Hosting.ConfigurationException">It was wrapped by another key than the configured one.</exception>
    Task<byte[]> UnwrapAsync(byte[] wrapped, CancellationToken cancellationToken);
}
