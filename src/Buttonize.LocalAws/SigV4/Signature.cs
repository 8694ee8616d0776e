using System.Security.Cryptography;
using System.Text;

namespace Buttonize.LocalAws.SigV4;

/// <summary>"Create a signed AWS API request", steps 2 to 4: string to sign, signing key, signature.</summary>
internal static class Signature
{
    public static string Compute(
        string secretAccessKey,
        CredentialScope scope,
        string timestamp,
        string canonicalRequest
    )
    {
        var stringToSign = string.Join(
            '\n',
            SentSignature.Algorithm,
            timestamp,
            scope,
            Hash(Encoding.UTF8.GetBytes(canonicalRequest))
        );
        var key = Encoding.UTF8.GetBytes("AWS4" + secretAccessKey);
        foreach (var part in new[] { scope.Date, scope.Region, scope.Service, scope.Terminator })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
        return Convert.ToHexStringLower(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(stringToSign))
        );
    }

    public static string Hash(ReadOnlySpan<byte> content) =>
        Convert.ToHexStringLower(SHA256.HashData(content));
}
