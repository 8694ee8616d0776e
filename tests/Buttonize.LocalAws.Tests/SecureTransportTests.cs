using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Buttonize.LocalAws.Tests;

/// <summary>The usual guard rail of a trust policy: only over TLS (aws:SecureTransport).</summary>
public sealed class SecureTransportTests : IDisposable
{
    private const string Password = "only-for-this-test";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("localaws-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_policy_that_demands_TLS_grants_over_TLS_and_refuses_without()
    {
        using var certificate = Certificate();
        var file = Path.Combine(folder.FullName, "certificate.pfx");
        await File.WriteAllBytesAsync(
            file,
            certificate.Export(X509ContentType.Pfx, Password),
            Cancellation
        );
        await using var secure = await LocalAws.StartAsync(
            "--urls",
            "https://127.0.0.1:0",
            "--Kestrel:Certificates:Default:Path",
            file,
            "--Kestrel:Certificates:Default:Password",
            Password
        );
        await using var plain = await LocalAws.StartAsync();
        foreach (var aws in new[] { secure, plain })
        {
            await aws.PutRoleAsync(
                Policies.Document(
                    Policies.Statement("Allow", "sts:AssumeRole"),
                    Policies.Statement(
                        "Deny",
                        "sts:*",
                        """{ "Bool": { "aws:SecureTransport": "false" } }"""
                    )
                )
            );
        }
        (await secure.AssumeAsync()).Ok.Should().BeTrue();
        (await plain.AssumeAsync()).Error.Should().Be("403 AccessDenied");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(
            new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)
        );
    }
}
