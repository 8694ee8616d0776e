using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>One OpenID provider: signs access tokens, and shows its public keys.</summary>
public sealed class OpenIdProvider(string issuer)
{
    public const string Audience = "buttonize";

    private readonly Lock keysLock = new();
    private List<SigningKey> keys = [SigningKey.NewEs256()];
    private int fetches;
    private int userInfoCalls;

    public string Issuer { get; } = issuer;

    /// <summary>What its discovery document says that its issuer is, where that is not true.</summary>
    public string? ClaimedIssuer { get; set; }

    /// <summary>Whether discovery answers 503.</summary>
    public bool Down { get; set; }

    /// <summary>
    /// What UserInfo answers to a request with a token; null: the provider has no such endpoint.
    /// </summary>
    public Func<HttpRequest, Task<IResult>>? UserInfo { get; set; }

    /// <summary>How often UserInfo was asked.</summary>
    public int UserInfoCalls => Volatile.Read(ref userInfoCalls);

    /// <summary>The key that new tokens are signed with.</summary>
    public SigningKey Key => keys[^1];

    /// <summary>How often the public keys were fetched.</summary>
    public int Fetches => Volatile.Read(ref fetches);

    /// <summary>Replaces the key; tokens signed with the old one are void once the keys are read again.</summary>
    public SigningKey Rotate(SigningKey? next = null)
    {
        lock (keysLock)
        {
            keys = [next ?? SigningKey.NewEs256()];
            return keys[0];
        }
    }

    /// <summary>Shows one more key; new tokens go on to be signed with <see cref="Key"/>.</summary>
    public SigningKey Publish(SigningKey key)
    {
        lock (keysLock)
        {
            keys = [key, .. keys];
            return key;
        }
    }

    public IReadOnlyList<JsonObject> PublicKeys()
    {
        lock (keysLock)
        {
            return [.. keys.Select(k => k.PublicJwk())];
        }
    }

    /// <summary>An access token of a person, good for an hour.</summary>
    public string Token(
        string subject = "person",
        string? name = null,
        Action<JsonObject>? claims = null
    ) => Sign(Claims(subject, name, claims), Key);

    /// <summary>The claims of a good access token.</summary>
    public JsonObject Claims(
        string subject = "person",
        string? name = null,
        Action<JsonObject>? change = null
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = subject,
            ["aud"] = Audience,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
            ["preferred_username"] = name ?? subject,
        };
        change?.Invoke(claims);
        return claims;
    }

    /// <summary>A token with these claims under this key, and a header to match.</summary>
    public static string Sign(JsonObject claims, SigningKey key, Action<JsonObject>? header = null)
    {
        var head = new JsonObject
        {
            ["alg"] = key.Algorithm,
            ["kid"] = key.Id,
            ["typ"] = "at+jwt",
        };
        header?.Invoke(head);
        var input = $"{Encode(head)}.{Encode(claims)}";
        return $"{input}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    internal void CountUserInfoCall() => Interlocked.Increment(ref userInfoCalls);

    internal void CountFetch() => Interlocked.Increment(ref fetches);

    private static string Encode(JsonObject part) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
