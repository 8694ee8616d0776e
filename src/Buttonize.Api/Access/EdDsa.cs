using Microsoft.IdentityModel.Tokens;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Buttonize.Api.Access;

/// <summary>
/// Ed25519 signatures on tokens (RFC 8037), which neither .NET nor its token library can verify: BouncyCastle does, plugged in where
/// the library lets one.
/// </summary>
internal static class EdDsa
{
    /// <summary>The algorithm's name in a token's header.</summary>
    public const string Algorithm = "EdDSA";

    /// <summary>The Ed25519 keys of a provider's key set.</summary>
    public static IEnumerable<SecurityKey> KeysOf(JsonWebKeySet? keySet)
    {
        foreach (var key in keySet?.Keys.Where(IsEd25519) ?? [])
        {
            key.CryptoProviderFactory = Factory;
            yield return key;
        }
    }

    private static readonly CryptoProviderFactory Factory = new()
    {
        CustomCryptoProvider = new Provider(),
        CacheSignatureProviders = false,
    };

    private static bool IsEd25519(JsonWebKey key) =>
        key is { Kty: "OKP", Crv: "Ed25519", X.Length: > 0, Use: null or "" or "sig" };

    private sealed class Provider : ICryptoProvider
    {
        public bool IsSupportedAlgorithm(string algorithm, params object[] args) =>
            algorithm == Algorithm && args is [JsonWebKey key, ..] && IsEd25519(key);

        public object Create(string algorithm, params object[] args) =>
            new Verifier((JsonWebKey)args[0]);

        public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();
    }

    private sealed class Verifier(JsonWebKey key) : SignatureProvider(key, EdDsa.Algorithm)
    {
        private readonly Ed25519PublicKeyParameters publicKey = new(
            Base64UrlEncoder.DecodeBytes(key.X)
        );

        public override byte[] Sign(byte[] input) =>
            throw new NotSupportedException("Only the provider signs tokens.");

        public override bool Verify(byte[] input, byte[] signature) =>
            Verify(input, 0, input.Length, signature, 0, signature.Length);

        public override bool Verify(
            byte[] input,
            int inputOffset,
            int inputLength,
            byte[] signature,
            int signatureOffset,
            int signatureLength
        )
        {
            if (signatureLength != Ed25519PrivateKeyParameters.SignatureSize)
            {
                return false;
            }

            var signer = new Ed25519Signer();
            signer.Init(forSigning: false, publicKey);
            signer.BlockUpdate(input, inputOffset, inputLength);
            return signer.VerifySignature(
                signature.AsSpan(signatureOffset, signatureLength).ToArray()
            );
        }

        protected override void Dispose(bool disposing)
        {
            // Nothing is held.
        }
    }
}
