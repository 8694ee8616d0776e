using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

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
/// Issues sessions and opens their tokens. A token is random and sealed to its access key with a key that only this
/// instance has, so neither can be changed or exchanged; secrets are derived, not kept.
/// </summary>
internal sealed class SessionTokens(TimeProvider time)
{
    private const int RandomBytes = 192;
    private const int SecretBytes = 30; // 40 characters of base64, as AWS's secrets are
    private const int SweepEvery = 1024;

    /// <summary>How long an expired session is still told from an unknown one.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly byte[] sealingKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] secretKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Session> sessions = new();
    private int issued;

    public SessionCredentials Issue(Session session)
    {
        if (Interlocked.Increment(ref issued) % SweepEvery == 0)
        {
            Sweep();
        }
        sessions[session.AccessKeyId] = session;
        var random = RandomNumberGenerator.GetBytes(RandomBytes);
        var token = Convert.ToBase64String([.. random, .. Seal(random, session.AccessKeyId)]);
        return new SessionCredentials(
            session.AccessKeyId,
            SecretOf(session.AccessKeyId),
            token,
            session.ExpiresAt
        );
    }

    /// <returns>The session, expired or not; null when the token is not the key's own, unchanged.</returns>
    public Session? Open(string accessKeyId, string token)
    {
        var bytes = new byte[RandomBytes + HMACSHA256.HashSizeInBytes];
        if (
            !Convert.TryFromBase64String(token, bytes, out var length)
            || length != bytes.Length
            // Base64 can be written in more than one way; only the one handed out counts.
            || Convert.ToBase64String(bytes) != token
        )
        {
            return null;
        }
        var seal = Seal(bytes.AsSpan(0, RandomBytes), accessKeyId);
        return CryptographicOperations.FixedTimeEquals(seal, bytes.AsSpan(RandomBytes))
            ? sessions.GetValueOrDefault(accessKeyId)
            : null;
    }

    public string SecretOf(string accessKeyId) =>
        Convert.ToBase64String(
            HMACSHA256
                .HashData(secretKey, Encoding.UTF8.GetBytes(accessKeyId))
                .AsSpan(0, SecretBytes)
        );

    private byte[] Seal(ReadOnlySpan<byte> random, string accessKeyId) =>
        HMACSHA256.HashData(
            sealingKey,
            (byte[])[.. random, .. Encoding.UTF8.GetBytes(accessKeyId)]
        );

    private void Sweep()
    {
        var forgotten = time.GetUtcNow() - Remembered;
        foreach (var session in sessions.Values.Where(session => session.ExpiresAt < forgotten))
        {
            sessions.TryRemove(session.AccessKeyId, out _);
        }
    }
}
