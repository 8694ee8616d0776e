namespace Buttonize.Api.Limits;

/// <summary>Registers the limits and what they have in common with those of the other instances.</summary>
internal static class LimitsSetup
{
    /// <summary>Adds the limits on STS, registrations and organizations.</summary>
    public static WebApplicationBuilder AddLimits(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<StsBudget>();
        services.AddSingleton<RegistrationLimit>();
        services.AddHostedService<UsageExchange>();
        return builder;
    }
}
