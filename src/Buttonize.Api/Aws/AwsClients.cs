using Amazon.Runtime;
using Amazon.SecurityToken;

namespace Buttonize.Api.Aws;

/// <summary>What all clients of the AWS SDK share.</summary>
internal static class AwsClients
{
    /// <summary>
    /// For AWS STS: without any retries of the SDK's. What is worth another try is decided by whoever calls, and theirs would multiply;
    /// those after a broken connection are counted apart from the others, and would come on top.
    /// </summary>
    /// <param name="services">Where the configuration comes from.</param>
    /// <param name="region">The Region; <c>AWS_ENDPOINT_URL_STS_&lt;REGION&gt;</c> overrides where its STS is.</param>
    public static AmazonSecurityTokenServiceConfig ConfigureSts(
        IServiceProvider services,
        string region
    )
    {
        var config = Configure(new AmazonSecurityTokenServiceConfig(), "STS", services, region);
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
        return config;
    }

    /// <summary>
    /// Sets Region and endpoint as the AWS SDK's own settings say. They are read through the configuration (environment variables are
    /// part of it) instead of by the SDK itself, so that several hosts can live in one process.
    /// </summary>
    /// <param name="config">The service's client configuration.</param>
    /// <param name="service">The service's part of <c>AWS_ENDPOINT_URL_…</c>.</param>
    /// <param name="services">Where the configuration comes from.</param>
    /// <param name="region">The Region; the control plane's own where it is null.</param>
    public static T Configure<T>(
        T config,
        string service,
        IServiceProvider services,
        string? region = null
    )
        where T : ClientConfig
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        region ??= AwsRegion.TryFind(configuration)!.Name;
        var key = $"AWS_ENDPOINT_URL_{service}";
        if (
            (configuration[EndpointKey(key, region)] ?? configuration[key]) is
            { Length: > 0 } endpoint
        )
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = region;
        }
        else
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        }

        // Every call has the caller's deadline as well; this bounds one attempt.
        config.Timeout = TimeSpan.FromSeconds(2);
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = 2;
        return config;
    }

    /// <summary>The key of one Region's endpoint: dashes as underscores, in upper case.</summary>
    public static string EndpointKey(string serviceKey, string region) =>
        $"{serviceKey}_{region.Replace('-', '_').ToUpperInvariant()}";
}
