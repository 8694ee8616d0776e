using System.Net.Http.Headers;
using Buttonize.Api.Limits;
using Buttonize.Api.Organizations;
using Buttonize.Api.Trust;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Core;

namespace Buttonize.Api.Tests.Fixtures;

/// <summary>
/// The control plane as it is, on a port of its own and a table of its own, configured as an operator would. Disposing of it checks
/// that no secret of the test got into its log.
/// </summary>
public sealed class ControlPlane : IAsyncDisposable
{
    private readonly Factory factory;
    private readonly string keyFile;

    private ControlPlane(
        Factory factory,
        OpenIdProvider provider,
        LocalAwsClient aws,
        string tableName,
        string keyFile
    )
    {
        (this.factory, Provider, Aws) = (factory, provider, aws);
        (TableName, this.keyFile) = (tableName, keyFile);
        Address = factory.ClientOptions.BaseAddress;
    }

    public Uri Address { get; }

    /// <summary>The customers' side of the local AWS that it asks for sessions.</summary>
    public LocalAwsClient Aws { get; }

    public OpenIdProvider Provider { get; }

    public string TableName { get; }

    public SecretWatch Watch => factory.Watch;

    public IServiceProvider Services => factory.Services;

    /// <summary>Starts one.</summary>
    /// <param name="services">What it runs on.</param>
    /// <param name="settings">Configuration that differs from the tests' usual one.</param>
    /// <param name="configure">What is replaced inside it: a clock, where a test needs one.</param>
    public static ControlPlane Start(
        Services services,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? configure = null
    )
    {
        var provider = services.OpenId.Create();
        var table = $"test-{Guid.NewGuid():N}";
        var keyFile = Path.Join(Path.GetTempPath(), $"buttonize-test-{Guid.NewGuid():N}.key");
        var configuration = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["AWS_REGION"] = "eu-central-1",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = services.DynamoDb.ToString(),
            ["AWS_ENDPOINT_URL_STS"] = services.Aws.ToString(),
            ["Authentication:Schemes:Bearer:Authority"] = provider.Issuer,
            ["Authentication:Schemes:Bearer:ValidAudience"] = OpenIdProvider.Audience,
            ["Authentication:Schemes:Bearer:RequireHttpsMetadata"] = "false",
            ["Buttonize:AccountId"] = Fixtures.Services.ControlPlaneAccount,
            ["Buttonize:TableName"] = table,
            ["Buttonize:CreateTable"] = "true",
            ["Buttonize:Encryption:KeyFile"] = keyFile,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
        {
            configuration[key] = value;
        }

        var factory = new Factory(configuration, configure);
        factory.UseKestrel(0);
        factory.StartServer();
        return new ControlPlane(
            factory,
            provider,
            new LocalAwsClient(new Uri(configuration["AWS_ENDPOINT_URL_STS"]!)),
            configuration["Buttonize:TableName"]!,
            keyFile
        );
    }

    /// <summary>For tests that count what it asks of DynamoDB: only what calls ask, without the checks of roles beside them.</summary>
    public static void WithoutBackgroundWork(IServiceCollection services)
    {
        services.Remove(services.Single(s => s.ImplementationType == typeof(VerificationWorker)));
        services.Remove(services.Single(s => s.ImplementationType == typeof(Sweeper)));
        services.Remove(services.Single(s => s.ImplementationType == typeof(UsageExchange)));
    }

    /// <summary>A client without any token.</summary>
    public HttpClient Anonymous() => new(Watch, disposeHandler: false) { BaseAddress = Address };

    /// <summary>A client with a bearer token.</summary>
    public HttpClient WithToken(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client of a signed-in person.</summary>
    public HttpClient SignedIn(string subject, string? name = null) =>
        WithToken(Provider.Token(subject, name));

    public async ValueTask DisposeAsync()
    {
        await factory.DisposeAsync();
        File.Delete(keyFile);
        if (Watch.Leaks() is { Count: > 0 } leaks)
        {
            throw new InvalidOperationException(
                $"Secrets are in the log: {string.Join(", ", leaks)}."
            );
        }
    }

    private sealed class Factory(
        IReadOnlyDictionary<string, string?> settings,
        Action<IServiceCollection>? configure
    ) : WebApplicationFactory<Buttonize.Api.Apps.App>
    {
        public SecretWatch Watch { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Development");
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureTestServices(services =>
            {
                services.AddSingleton<ILogEventSink>(Watch);
                configure?.Invoke(services);
            });
        }
    }
}
