using Amazon.SecurityToken;

namespace Buttonize.Api.Aws;

/// <summary>Registers AWS STS.</summary>
internal static class AwsSetup
{
    /// <summary>Adds one STS client for the life of the process, and what speaks to it.</summary>
    public static WebApplicationBuilder AddAws(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IAmazonSecurityTokenService>(provider =>
        {
            var config = AwsClients.Configure(
                new AmazonSecurityTokenServiceConfig(),
                "STS",
                provider
            );

            // StsRoleAssumer retries by code; the SDK's own retries would multiply with its.
            config.MaxErrorRetry = 0;
            return new AmazonSecurityTokenServiceClient(config);
        });
        builder.Services.AddSingleton<IRoleAssumer, StsRoleAssumer>();
        return builder;
    }
}
