using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>A key that signs tokens, with its public half as a JWK.</summary>
public sealed record SigningKey(
    string Algorithm,
    string Id,
    Func<byte[], byte[]> Sign,
    Func<JsonObject> PublicJwk
)
{
    public static SigningKey NewEs256()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var id = NewId();
        return new SigningKey(
            "ES256",
            id,
            data => key.SignData(data, HashAlgorithmName.SHA256),
            () =>
            {
                var q = key.ExportParameters(false).Q;
                return new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = "P-256",
                    ["use"] = "sig",
                    ["kid"] = id,
                    ["x"] = Base64Url.EncodeToString(q.X),
                    ["y"] = Base64Url.EncodeToString(q.Y),
                };
            }
        );
    }

    public static SigningKey NewRsa(string algorithm = "RS256") =>
        FromRsa(RSA.Create(2048), algorithm);

    public static SigningKey FromRsa(RSA key, string algorithm)
    {
        var id = NewId();
        var padding = algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var hash = new HashAlgorithmName("SHA" + algorithm[2..]);

        // Now, and not at the first look at the public keys: .NET makes an RSA key when it is first used, and six of them take longer
        // on a busy machine than the control plane waits for its provider.
        var parameters = key.ExportParameters(false);
        return new SigningKey(
            algorithm,
            id,
            data => key.SignData(data, hash, padding),
            () =>
                new JsonObject
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["kid"] = id,
                    ["n"] = Base64Url.EncodeToString(parameters.Modulus),
                    ["e"] = Base64Url.EncodeToString(parameters.Exponent),
                }
        );
    }

    public static SigningKey NewEd25519()
    {
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        var id = NewId();
        return new SigningKey(
            "EdDSA",
            id,
            data =>
            {
                var signer = new Ed25519Signer();
                signer.Init(forSigning: true, key);
                signer.BlockUpdate(data, 0, data.Length);
                return signer.GenerateSignature();
            },
            () =>
                new JsonObject
                {
                    ["kty"] = "OKP",
                    ["crv"] = "Ed25519",
                    ["use"] = "sig",
                    ["kid"] = id,
                    ["x"] = Base64Url.EncodeToString(key.GeneratePublicKey().GetEncoded()),
                }
        );
    }

    private static string NewId() => Guid.NewGuid().ToString("N");
}
