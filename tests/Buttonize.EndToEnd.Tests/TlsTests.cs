using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Buttonize.EndToEnd.Tests.Fixtures;

namespace Buttonize.EndToEnd.Tests;

/// <summary>TLS by Kestrel itself, by the framework's own keys.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("buttonize-tls-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_certificate_of_the_configuration_is_the_one_that_clients_see(bool asUrl)
    {
        using var certificate = await MakeCertificateAsync();
        var address = new Uri($"https://127.0.0.1:{Until.FreePort()}");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Kestrel__Certificates__Default__Path"] = Path.Join(folder, "tls.pem"),
            ["Kestrel__Certificates__Default__KeyPath"] = Path.Join(folder, "tls.key"),
        };
        if (!asUrl)
        {
            settings["ASPNETCORE_URLS"] = "";
            settings["Kestrel__Endpoints__Https__Url"] = address.GetLeftPart(UriPartial.Authority);
        }

        await using var installation = await Installation.StartAsync();
        var (process, _) = await installation.StartControlPlaneAsync(
            at: address,
            settings: settings
        );
        await using var controlPlane = process;
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, seen, _, _) =>
                seen?.Thumbprint == certificate.Thumbprint,
        };
        using var http = new HttpClient(handler) { BaseAddress = address };

        var answer = await AskAsync(http, "buttonize.example.com");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Headers.GetValues("Strict-Transport-Security").Should().Equal(["max-age=31536000"]);
        (await AskAsync(http, "localhost"))
            .Headers.Should()
            .NotContain(
                h => h.Key == "Strict-Transport-Security",
                "it would bind whatever else a laptop serves"
            );
        process.Output.Should().NotContain("Overriding address");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Host = host;
        return await http.SendAsync(request, Token);
    }

    private async Task<X509Certificate2> MakeCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = new CertificateRequest(
            "CN=buttonize.example.com",
            key,
            HashAlgorithmName.SHA256
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(
            Path.Join(folder, "tls.pem"),
            certificate.ExportCertificatePem(),
            Token
        );
        await File.WriteAllTextAsync(
            Path.Join(folder, "tls.key"),
            key.ExportPkcs8PrivateKeyPem(),
            Token
        );
        return certificate;
    }
}
