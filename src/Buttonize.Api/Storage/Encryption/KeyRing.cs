using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Buttonize.Api.Storage.Encryption;

/// <summary>
/// The table's data keys, unwrapped, by id. Key 1 is the root: keyed hashes are derived from it for good, so that claims stay
/// findable; encryption uses the newest key, which is the one with the highest id.
/// </summary>
internal sealed class KeyRing
{
    /// <summary>The id of the root key.</summary>
    public const int RootId = 1;

    /// <summary>The highest id: a ciphertext has two bytes for it.</summary>
    public const int MaximumId = ushort.MaxValue;

    private readonly IReadOnlyDictionary<int, byte[]> keys;

    /// <summary>A ring of these keys.</summary>
    /// <exception cref="InvalidDataException">The root is not among them.</exception>
    public KeyRing(IReadOnlyDictionary<int, byte[]> keys)
    {
        // Without the root nothing that is stored under a hash would be found again; a new one must never take its place.
        if (!keys.ContainsKey(RootId))
        {
            throw new InvalidDataException("The table has data keys, and its root key is missing.");
        }

        this.keys = keys;
        Newest = keys.Keys.Max();
    }

    /// <summary>The id of the key that encrypts.</summary>
    public int Newest { get; }

    /// <summary>The key with this id, or null.</summary>
    public byte[]? Find(int id) => keys.GetValueOrDefault(id);

    /// <summary>Whether the ring has the key that a ciphertext names.</summary>
    public bool HasKeyOf(byte[] ciphertext) => keys.ContainsKey(IdOf(ciphertext));

    /// <summary>Sealed under a data key: two bytes of key id, then what <see cref="AesGcmBox"/> made.</summary>
    public byte[] Encrypt(string plaintext, string associatedData)
    {
        var box = new AesGcmBox(Derive(Newest, "encryption"));
        return
        [
            (byte)(Newest >> 8),
            (byte)Newest,
            .. box.Seal(Encoding.UTF8.GetBytes(plaintext), Encoding.UTF8.GetBytes(associatedData)),
        ];
    }

    /// <summary>
    /// Reads what <see cref="Encrypt"/> made for the same <paramref name="associatedData"/>. Through
    /// <see cref="DataKeys.DecryptAsync"/>, which knows of keys that came later.
    /// </summary>
    /// <exception cref="CryptographicException">It was changed or belongs to something else.</exception>
    public string Decrypt(byte[] ciphertext, string associatedData)
    {
        if (!HasKeyOf(ciphertext))
        {
            throw new CryptographicException(
                "The value names a data key that this table does not have."
            );
        }

        var box = new AesGcmBox(Derive(IdOf(ciphertext), "encryption"));
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

    /// <summary>The id that a ciphertext names; 0, which no key has, where it is too short to name one.</summary>
    public static int IdOf(byte[] ciphertext) =>
        ciphertext.Length > 2 ? (ciphertext[0] << 8) | ciphertext[1] : 0;

    private byte[] Derive(int id, string purpose) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            keys[id],
            AesGcmBox.KeyLength,
            info: Encoding.UTF8.GetBytes($"buttonize {purpose}")
        );
}
