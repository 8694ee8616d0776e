using Buttonize.Api.Aws;

namespace Buttonize.Api.Trust;

/// <summary>Registers the proof of roles, at registration and again and again.</summary>
internal static class TrustSetup
{
    /// <summary>Adds proof, checks of stored apps, and the background work.</summary>
    public static WebApplicationBuilder AddTrust(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RoleProber>();
        services.AddSingleton<RoleProof>();
        services.AddSingleton<ProofReport>();
        services.AddSingleton<VerdictLog>();
        services.AddSingleton<OpenRoles>();
        services.AddSingleton<AppVerifier>();
        services.AddHostedService<VerificationWorker>();
        return builder;
    }
}
