using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Buttonize.LocalAws.Sts;

/// <summary>What AssumeRole hands out.</summary>
internal sealed record SessionCredentials(
    string AccessKeyId,
    string SecretAccessKey,
    string SessionToken,
    DateTimeOffset ExpiresAt
)
{
    public override string ToString() => $"{AccessKeyId}, expires {ExpiresAt:O}";
}

/// <summary>
/// Issues sessions and opens their tokens. A session is in its token, encrypted and bound to its access key with a key that
/// only this instance has: opaque, not to be changed or exchanged, and nothing has to be remembered, however many there are.
/// </summary>
internal sealed class SessionTokens
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int SecretLength = 30; // 40 characters of base64, as AWS's secrets are

    /// <summary>Tokens travel in headers and URLs: what need not be escaped is not.</summary>
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly byte[] sealingKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] secretKey = RandomNumberGenerator.GetBytes(32);

    public SessionCredentials Issue(Session session)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(session, Compact);
        var token = new byte[NonceLength + content.Length + TagLength];
        RandomNumberGenerator.Fill(token.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(sealingKey, TagLength);
        cipher.Encrypt(
            token.AsSpan(0, NonceLength),
            content,
            token.AsSpan(NonceLength, content.Length),
            token.AsSpan(NonceLength + content.Length),
            Encoding.UTF8.GetBytes(session.AccessKeyId)
        );
        return new SessionCredentials(
            session.AccessKeyId,
            SecretOf(session.AccessKeyId),
            Convert.ToBase64String(token),
            session.ExpiresAt
        );
    }

    /// <returns>The session, expired or not; null when the token is not the key's own, unchanged.</returns>
    public Session? Open(string accessKeyId, string token)
    {
        var bytes = new byte[token.Length];
        if (
            !Convert.TryFromBase64String(token, bytes, out var length)
            || length < NonceLength + TagLength
            // Base64 can be written in more than one way; only the one handed out counts.
            || Convert.ToBase64String(bytes.AsSpan(0, length)) != token
        )
        {
            return null;
        }
        var content = new byte[length - NonceLength - TagLength];
        try
        {
            using var cipher = new AesGcm(sealingKey, TagLength);
            cipher.Decrypt(
                bytes.AsSpan(0, NonceLength),
                bytes.AsSpan(NonceLength, content.Length),
                bytes.AsSpan(NonceLength + content.Length, TagLength),
                content,
                Encoding.UTF8.GetBytes(accessKeyId)
            );
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        var session = JsonSerializer.Deserialize<Session>(content)!;
        return session with
        {
            // Written without what compares its keys.
            Tags = new Dictionary<string, string>(session.Tags, StringComparer.OrdinalIgnoreCase),
        };
    }

    public string SecretOf(string accessKeyId) =>
        Convert.ToBase64String(
            HMACSHA256
                .HashData(secretKey, Encoding.UTF8.GetBytes(accessKeyId))
                .AsSpan(0, SecretLength)
        );
}
