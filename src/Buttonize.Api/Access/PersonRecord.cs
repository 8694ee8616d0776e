using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Buttonize.Api.Storage;

namespace Buttonize.Api.Access;

/// <summary>What is recorded of a person, for others to recognize them while they are not here.</summary>
/// <param name="Id">The person's id, for good.</param>
/// <param name="UserName">Their name as their provider last said.</param>
/// <param name="Email">Their e-mail then, or null.</param>
/// <param name="IssuedAt">When the token was issued that said so, in Unix seconds.</param>
internal sealed record PersonRecord(UserId Id, string UserName, string? Email, long IssuedAt)
{
    /// <summary>Holds while the person is there and not being erased: only then may anything be attached to them.</summary>
    public static readonly Expression IsLive = new(
        "attribute_exists(#pk) AND attribute_not_exists(#erasedAt)"
    );

    /// <summary>Counts the organizations that the person has ever made, so that two are never made at the same time.</summary>
    public const string Creations = "creations";

    /// <summary>The record of an item.</summary>
    public static PersonRecord Read(Item item) =>
        new(
            UserId.Parse(item.String("userId")),
            item.String("userName"),
            item.OptionalString("email"),
            item.OptionalNumber("seenIssuedAt") ?? 0
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
