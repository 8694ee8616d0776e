using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Buttonize.Api.Tests.Access;

/// <summary>Makes the tokens of the attacks that are known against verifiers of JWTs.</summary>
internal static class TokenFactory
{
    /// <summary>Three parts of any text.</summary>
    public static string Raw(string header, string payload, byte[] signature) =>
        $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(payload))}.{Encode(signature)}";

    /// <summary>A token whose payload is another text, byte by byte, under the provider's own signature.</summary>
    public static string WithPayload(OpenIdProvider provider, Func<string, string> change)
    {
        var header = provider.Token().Split('.')[0];
        var payload = Encoding.Latin1.GetBytes(change(provider.Claims().ToJsonString()));
        var input = $"{header}.{Encode(payload)}";
        return $"{input}.{Encode(provider.Key.Sign(Encoding.ASCII.GetBytes(input)))}";
    }

    /// <summary>A good token without its signature, under <c>alg: none</c>.</summary>
    public static string Unsigned(
        OpenIdProvider provider,
        string algorithm,
        bool keepKeyId = true
    ) =>
        OpenIdProvider.Sign(
            provider.Claims(),
            new SigningKey(algorithm, provider.Key.Id, _ => [], () => []),
            header =>
            {
                if (!keepKeyId)
                {
                    header.Remove("kid");
                }
            }
        );

    /// <summary>Signed symmetrically with what everybody knows: the provider's public key.</summary>
    public static string SignedWithPublicKey(
        OpenIdProvider provider,
        string algorithm,
        string keyId,
        byte[] publicKey
    ) =>
        OpenIdProvider.Sign(
            provider.Claims(),
            new SigningKey(
                algorithm,
                keyId,
                data =>
                    algorithm switch
                    {
                        "HS256" => HMACSHA256.HashData(publicKey, data),
                        "HS384" => HMACSHA384.HashData(publicKey, data),
                        _ => HMACSHA512.HashData(publicKey, data),
                    },
                () => []
            )
        );

    /// <summary>The RSA key of a JWK.</summary>
    public static RSA PublicRsa(JsonObject jwk) =>
        RSA.Create(
            new RSAParameters
            {
                Modulus = Base64Url.DecodeFromChars(jwk["n"]!.GetValue<string>()),
                Exponent = Base64Url.DecodeFromChars(jwk["e"]!.GetValue<string>()),
            }
        );

    /// <summary>An ES384 or ES512 key.</summary>
    public static SigningKey NewEcdsa(string algorithm)
    {
        var (curve, name, hash) = algorithm switch
        {
            "ES384" => (ECCurve.NamedCurves.nistP384, "P-384", HashAlgorithmName.SHA384),
            _ => (ECCurve.NamedCurves.nistP521, "P-521", HashAlgorithmName.SHA512),
        };
        var key = ECDsa.Create(curve);
        var id = Guid.NewGuid().ToString("N");
        return new SigningKey(
            algorithm,
            id,
            data => key.SignData(data, hash),
            () =>
            {
                var q = key.ExportParameters(false).Q;
                return new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = name,
                    ["use"] = "sig",
                    ["kid"] = id,
                    ["x"] = Encode(q.X!),
                    ["y"] = Encode(q.Y!),
                };
            }
        );
    }

    /// <summary>A token under a key of the attacker's that carries that key's certificate in its header.</summary>
    public static string WithCertificate(OpenIdProvider provider, string keyId)
    {
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=attacker",
            rsa,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        return OpenIdProvider.Sign(
            provider.Claims(),
            SigningKey.FromRsa(rsa, "RS256"),
            header =>
            {
                header["kid"] = keyId;
                header["x5t"] = Encode(certificate.GetCertHash());
                header["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData));
            }
        );
    }

    /// <summary>A good token inside an encrypted one, under a key that the attacker chose.</summary>
    public static string EncryptedDirectly(OpenIdProvider provider) =>
        new JsonWebTokenHandler().EncryptToken(
            provider.Token(),
            new EncryptingCredentials(
                new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)),
                JwtConstants.DirectKeyUseAlg,
                SecurityAlgorithms.Aes128CbcHmacSha256
            )
        );

    /// <summary>A good token inside one that is encrypted for the provider's own public key.</summary>
    public static string EncryptedForProvider(OpenIdProvider provider, RSA publicKey) =>
        new JsonWebTokenHandler().EncryptToken(
            provider.Token(),
            new EncryptingCredentials(
                new RsaSecurityKey(publicKey),
                SecurityAlgorithms.RsaOAEP,
                SecurityAlgorithms.Aes128CbcHmacSha256
            )
        );

    public static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));
}
