using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>What is stored of a person.</summary>
internal static class PersonRecord
{
    /// <summary>Holds while the person is there and not being erased: only then may anything be attached to them.</summary>
    public static readonly Expression IsLive = new(
        "attribute_exists(#pk) AND attribute_not_exists(#erasedAt)"
    );

    /// <summary>
    /// What leads from a sign-in to the person. The issuer's length keeps ("ab", "c") and ("a", "bc") apart; the hash keeps any subject
    /// within a key's length.
    /// </summary>
    public static string HashOf(string issuer, string subject) =>
        Base64Url.EncodeToString(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer.Length}:{issuer}{subject}"))
        );
}
