using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>
/// The table's data keys, unwrapped, by id. Key 1 is the root: keyed hashes are derived from it for good, so that claims stay
/// findable; encryption uses the newest key.
/// </summary>
internal sealed class KeyRing(IReadOnlyList<byte[]> keys)
{
    /// <summary>The id of the root key.</summary>
    public const int RootId = 1;

    /// <summary>Sealed under a data key: two bytes of key id, then what <see cref="AesGcmBox"/> made.</summary>
    public byte[] Encrypt(string plaintext, string associatedData)
    {
        var id = keys.Count;
        var box = new AesGcmBox(Derive(id, "encryption"));
        return
        [
            (byte)(id >> 8),
            (byte)id,
            .. box.Seal(Encoding.UTF8.GetBytes(plaintext), Encoding.UTF8.GetBytes(associatedData)),
        ];
    }

    /// <summary>Reads what <see cref="Encrypt"/> made for the same <paramref name="associatedData"/>.</summary>
    /// <exception cref="CryptographicException">It was changed or belongs to something else.</exception>
    public string Decrypt(byte[] ciphertext, string associatedData)
    {
        var id = ciphertext.Length > 2 ? (ciphertext[0] << 8) | ciphertext[1] : 0;
        if (id < RootId || id > keys.Count)
        {
            throw new CryptographicException(
                "The value names a data key that this table does not have."
            );
        }

        var box = new AesGcmBox(Derive(id, "encryption"));
        return Encoding.UTF8.GetString(
            box.Open(ciphertext.AsSpan(2), Encoding.UTF8.GetBytes(associatedData))
        );
    }

    /// <summary>
    /// HMAC-SHA-256 of <paramref name="value"/> under a key of its own for each <paramref name="purpose"/>, in base64url: equal values
    /// can be found, and nobody without the key can try guesses.
    /// </summary>
    public string KeyedHash(string purpose, string value) =>
        Base64Url.EncodeToString(
            HMACSHA256.HashData(Derive(RootId, purpose), Encoding.UTF8.GetBytes(value))
        );

    private byte[] Derive(int id, string purpose) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            keys[id - 1],
            AesGcmBox.KeyLength,
            info: Encoding.UTF8.GetBytes($"buttonize {purpose}")
        );
}
