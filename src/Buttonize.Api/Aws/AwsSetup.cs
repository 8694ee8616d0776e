namespace Buttonize.Api.Aws;

/// <summary>Registers AWS STS.</summary>
internal static class AwsSetup
{
    /// <summary>Adds one STS client a Region for the life of the process, and what speaks to them.</summary>
    public static WebApplicationBuilder AddAws(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(provider =>
            AwsRegion.TryFind(provider.GetRequiredService<IConfiguration>())!
        );
        builder.Services.AddSingleton<StsRegions>();
        builder.Services.AddSingleton<IRoleAssumer, StsRoleAssumer>();
        return builder;
    }
}
