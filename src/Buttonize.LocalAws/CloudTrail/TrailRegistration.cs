namespace Buttonize.LocalAws.CloudTrail;

internal static class TrailRegistration
{
    public static void AddTrail(this IServiceCollection services, IConfiguration configuration)
    {
        var folder = configuration[TrailFolder.Key];
        if (!string.IsNullOrEmpty(folder))
        {
            // At once, so that a wrong path stops the start and not the first call.
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, Path.GetRandomFileName());
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        services
            .AddSingleton(provider => new TrailFolder(
                folder,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<TrailFolder>>()
            ))
            // Hosted services are stopped last first, and the web server is the last: then all calls are recorded.
            .AddHostedService(provider => provider.GetRequiredService<TrailFolder>())
            .AddSingleton<Trail>();
    }
}
