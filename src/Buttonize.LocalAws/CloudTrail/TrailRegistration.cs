namespace Buttonize.LocalAws.CloudTrail;

internal static class TrailRegistration
{
    public static void AddTrail(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(provider => new TrailFolder(
                configuration[TrailFolder.Key],
                provider.GetRequiredService<ILogger<TrailFolder>>()
            ))
            .AddSingleton<Trail>();
}
