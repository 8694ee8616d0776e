using Amazon.SecurityToken;

namespace Buttonize.Api.Aws;

/// <summary>Registers AWS STS.</summary>
internal static class AwsSetup
{
    /// <summary>Adds one STS client for the life of the process, and what speaks to it.</summary>
    public static WebApplicationBuilder AddAws(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IAmazonSecurityTokenService>(
            provider => new AmazonSecurityTokenServiceClient(AwsClients.ConfigureSts(provider))
        );
        builder.Services.AddSingleton(provider =>
            AwsRegion.TryFind(provider.GetRequiredService<IConfiguration>())!
        );
        builder.Services.AddSingleton<IRoleAssumer, StsRoleAssumer>();
        return builder;
    }
}
