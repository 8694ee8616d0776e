using System.Security.Cryptography;
using System.Text;

namespace Buttonize.LocalAws.Iam;

/// <summary>
/// Ids in the shape of "Understanding unique ID prefixes" (IAM identifiers): four letters that say what it is,
/// then base32.
/// </summary>
internal static class UniqueId
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int EntityLength = 17;
    private const int AccessKeyLength = 16;

    public static string NewRole() => "AROA" + Random(EntityLength);

    public static string NewSessionKey() => "ASIA" + Random(AccessKeyLength);

    /// <summary>The same id for the same user or unregistered role, for as long as anyone asks.</summary>
    public static string OfArn(string prefix, string arn) =>
        prefix
        + string.Concat(
            SHA256
                .HashData(Encoding.UTF8.GetBytes(arn))
                .Take(EntityLength)
                .Select(b => Base32[b % Base32.Length])
        );

    private static string Random(int length) => RandomNumberGenerator.GetString(Base32, length);
}
